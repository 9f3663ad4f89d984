import { fileURLToPath } from "node:url";

import vue from "@vitejs/plugin-vue";
import { defineConfig, type Plugin } from "vite";

const pkg = (file: string) => fileURLToPath(new URL(`../web-wasm/pkg/${file}`, import.meta.url));

/** Server behind the development server. */
const server = process.env.MES_SERVER ?? "http://127.0.0.1:8080";

/** The page asks for the engine together with its scripts, not after them. */
const preloadEngine: Plugin = {
  name: "preload-engine",
  transformIndexHtml: {
    order: "post",
    handler: (_, { bundle }) =>
      Object.keys(bundle ?? {})
        .filter((file) => file.endsWith(".wasm"))
        .map((file) => ({
          tag: "link",
          attrs: { rel: "preload", as: "fetch", type: "application/wasm", crossorigin: true, href: `./${file}` },
          injectTo: "head",
        })),
  },
};

export default defineConfig({
  // Below whatever path the server is (BASE_PATH): files name each other relatively, and the server
  // writes the path into the page.
  base: "./",
  plugins: [vue(), preloadEngine],
  resolve: {
    alias: [
      { find: /^mes-compute-wasm/, replacement: pkg("mes_compute_bg.wasm") },
      { find: /^mes-compute$/, replacement: pkg("mes_compute.js") },
    ],
  },
  // The server's policy allows no data: scripts and no inline styles.
  build: { target: "es2023", assetsInlineLimit: 0, chunkSizeWarningLimit: 900 },
  server: { proxy: { "/api": server, "/admin/api": server, "/admin/login": server }, fs: { allow: [".."] } },
});
