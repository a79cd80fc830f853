# Good Bank in a container; the README says how to run it, docs/operations.md how to host it for others.
# The tags leave the last number open, so that a build with --pull takes the security fixes.
FROM node:22-slim AS libraries
WORKDIR /libraries
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM python:3.13-slim
# tini is process 1: Python would ignore a stop until it listens. Such an early one is no error (143).
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
ENTRYPOINT ["tini", "-e", "143", "--"]
WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY server server
COPY client client
COPY --from=libraries /libraries/node_modules/vue/dist/vue.global.prod.js \
  /libraries/node_modules/axios/dist/axios.min.js client/vendor/
RUN chmod -R a+rX client server && python -m compileall -q server && \
  useradd --uid 1000 good-bank && install -d -o good-bank -m 700 instance
USER good-bank
VOLUME /app/instance
ENV HOST=0.0.0.0 PORT=5000
EXPOSE 5000
HEALTHCHECK --start-period=10s CMD python -c "from http.client import HTTPConnection as To; \
  to = To('127.0.0.1:$PORT', timeout=10); to.request('GET', '/api/health'); exit(to.getresponse().status != 200)"
CMD ["sh", "-c", "umask 077 && exec python -m server"]
