import js from "@eslint/js";

const browser = ["document", "window", "crypto", "setInterval", "setTimeout", "clearTimeout"];
const apis = ["BroadcastChannel", "ResizeObserver", "URL", "matchMedia", "navigator"];
const worker = ["AbortSignal", "PAGE", "caches", "fetch", "self"];
const libraries = ["Vue", "axios"];

export default [
  js.configs.recommended,
  {
    files: ["client/*.js", "stage-*/static/*.js"],
    languageOptions: {
      globals: Object.fromEntries(
        [...browser, ...apis, ...libraries].map((name) => [name, "readonly"]),
      ),
    },
    rules: { eqeqeq: "error", "no-console": "error", "no-var": "error", "prefer-const": "error" },
  },
  {
    files: ["client/worker.js"],
    languageOptions: {
      sourceType: "script",
      globals: Object.fromEntries(worker.map((name) => [name, "readonly"])),
    },
  },
  {
    files: ["stage-*/static/*.js"],
    languageOptions: { sourceType: "script" },
  },
];
