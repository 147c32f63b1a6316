// Bundles src/ into ../static: hashed names, a compressed twin of each file, and manifest.json,
// which the server reads. The same sources give the same bytes on every machine.
//
//   node build.mjs            once, minified
//   node build.mjs --watch    again after every change, readable

import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import * as esbuild from "esbuild";

const ENTRIES = ["hall.js", "room.js", "sign.js", "editor.js", "app.css"]; // what a template may ask for by name
const MOST_GZIPPED = { "hall.js": 16 * 1024 }; // bytes; every page loads it, over slow lines too
const STATIC = join(import.meta.dirname, "..", "static");
const ASSETS = join(STATIC, "assets"); // the only folder that is served
const watching = process.argv.includes("--watch");

/** Write the server's table: plain name of an entry -> its hashed name. */
async function writeManifest(outputs) {
  const names = Object.entries(outputs)
    .filter(([, output]) => output.entryPoint !== undefined)
    .map(([path, output]) => [basename(output.entryPoint), basename(path)])
    .sort();
  await writeFile(
    join(STATIC, "manifest.json"),
    `${JSON.stringify(Object.fromEntries(names), null, 2)}\n`,
  );
}

/** Put a .gz and a .br beside every script and sheet: the server sends them as they lie. */
async function compressAll() {
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  const names = (await readdir(ASSETS)).filter((name) => /\.(js|css)$/.test(name));
  await Promise.all(
    names.map(async (name) => {
      const plain = await readFile(join(ASSETS, name));
      await writeFile(join(ASSETS, `${name}.gz`), await promisify(gzip)(plain, { level: 9 }));
      await writeFile(join(ASSETS, `${name}.br`), await promisify(brotliCompress)(plain, best));
    }),
  );
}

/** Fail the build when an entry has outgrown what a page may cost. */
async function weigh(outputs) {
  for (const [path, { entryPoint }] of Object.entries(outputs)) {
    const most = MOST_GZIPPED[basename(entryPoint ?? "")];
    const { size } = most === undefined ? { size: 0 } : await stat(join(ASSETS, `${basename(path)}.gz`));
    if (size > most) throw new Error(`${entryPoint}: ${size} bytes gzipped, ${most} are allowed`);
  }
}

const publish = {
  name: "publish",
  setup(build) {
    build.onEnd(async ({ errors, metafile }) => {
      if (errors.length > 0) return;
      if (!watching) {
        await compressAll();
        await weigh(metafile.outputs);
      }
      await writeManifest(metafile.outputs); // last: what it names is there
    });
  },
};

await rm(ASSETS, { recursive: true, force: true });
const options = {
  absWorkingDir: import.meta.dirname,
  entryPoints: ENTRIES.map((name) => `src/${name}`),
  outdir: ASSETS,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: !watching,
  legalComments: "linked",
  metafile: true,
  logLevel: "warning",
  plugins: [publish],
};
if (watching) {
  await (await esbuild.context(options)).watch();
} else {
  await esbuild.build(options);
}
