import js from "@eslint/js";
import es from "eslint-plugin-es-x";

const browser = ["document", "window", "crypto", "setInterval", "setTimeout", "clearTimeout"];
const apis = ["BroadcastChannel", "ResizeObserver", "URL", "matchMedia", "navigator"];
const worker = ["AbortSignal", "PAGE", "caches", "fetch", "self"];
const libraries = ["Vue", "axios"];
/* The oldest browsers that the README names know all of ES2023, and of what is newer not all. */
const newer = ["2024", "2025", "next"].map((year) => es.configs[`flat/no-new-in-es${year}`].rules);

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
    files: ["client/*.js"],
    plugins: { "es-x": es },
    rules: Object.assign({}, ...newer),
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
