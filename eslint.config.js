import js from "@eslint/js";

const browser = [
  ...["document", "window", "crypto", "console", "setInterval", "setTimeout", "clearTimeout"],
  ...[
    "BroadcastChannel",
    "PerformanceObserver",
    "ResizeObserver",
    "localStorage",
    "matchMedia",
    "navigator",
  ],
];
const ours = ["Vue", "axios", "libraries"];

export default [
  js.configs.recommended,
  {
    files: ["client/*.js", "stage-*/static/*.js"],
    languageOptions: {
      globals: Object.fromEntries([...browser, ...ours].map((name) => [name, "readonly"])),
    },
    rules: { eqeqeq: "error", "no-console": "error", "no-var": "error", "prefer-const": "error" },
  },
  {
    files: ["client/libraries.js", "stage-*/static/*.js"],
    languageOptions: { sourceType: "script" },
  },
  { files: ["client/libraries.js"], rules: { "no-redeclare": "off", "no-unused-vars": "off" } },
];
