import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import { createTypeScriptImportResolver } from "eslint-import-resolver-typescript";
import importX from "eslint-plugin-import-x";
import vue from "eslint-plugin-vue";
import ts from "typescript-eslint";

const SOURCES = ["src/**/*.{ts,vue}", "e2e/**/*.ts", "playwright.config.ts"];

export default ts.config(
  { ignores: ["dist", "src/contract/generated.ts"] },
  { files: SOURCES, extends: [js.configs.recommended, ts.configs.strict, vue.configs["flat/recommended"], prettier] },
  {
    files: SOURCES,
    plugins: { "import-x": importX },
    languageOptions: { parserOptions: { parser: ts.parser, sourceType: "module" } },
    settings: {
      "import-x/resolver-next": [createTypeScriptImportResolver()],
      "import-x/parsers": { "@typescript-eslint/parser": [".ts"], "vue-eslint-parser": [".vue"] },
    },
    rules: {
      // TypeScript resolves names.
      "no-undef": "off",
      "import-x/no-cycle": "error",
      "import-x/first": "error",
      "import-x/no-duplicates": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      // A check against `undefined` at each index would be noise where the code has just made sure of it.
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-extraneous-class": "off",
      "prefer-const": ["error", { ignoreReadBeforeAssign: true }],
      // Editors change a draft that the page owns.
      "vue/no-mutating-props": ["error", { shallowOnly: true }],
      "vue/multi-word-component-names": "off",
      "vue/block-order": ["error", { order: ["script", "template", "style"] }],
      "vue/define-macros-order": "error",
      "vue/no-unused-refs": "error",
      "vue/require-default-prop": "off",
    },
  },
  {
    files: ["e2e/**/*.ts"],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // An expectation that nothing waits for can't fail.
      "@typescript-eslint/no-floating-promises": "error",
      // Fixtures that need no others.
      "no-empty-pattern": ["error", { allowObjectPatternsAsParameters: true }],
    },
  },
);
