// Bundles src/ into ../static: hashed names, a compressed twin of each file, and manifest.json,
// which the server reads. The fonts of the papers lie beside it and are served to nobody. The same
// sources give the same bytes on every machine.
//
//   node build.mjs            once, minified
//   node build.mjs --watch    again after every change, readable

import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import * as esbuild from "esbuild";
import { offlinePage } from "./offline.mjs";

const ENTRIES = ["hall.js", "room.js", "replay.js", "sign.js", "ways-in.js", "editor.js", "submit.js", "seal-page.js", "receipt-page.js", "verify.js", "desk-bids.js", "alarm-sound.js", "app.css", "wall.css"]; // what a template may ask for by name
const WORKER = "seal-worker.js"; // built apart and whole: one hash for all its code
const OFFLINE = "offline-seal.html"; // the same worker and a page around it, in one file
const MOST_GZIPPED = { "hall.js": 16 * 1024, [WORKER]: 64 * 1024 }; // bytes, over slow lines too
const STATIC = join(import.meta.dirname, "..", "static");
const ASSETS = join(STATIC, "assets"); // the only folder that is served
const FONTS = join(STATIC, "fonts"); // of the papers (web/pdf.py), with their licence
const FAMILY = join(import.meta.dirname, "node_modules", "@expo-google-fonts", "noto-sans-sc");
const FACES = ["400Regular/NotoSansSC_400Regular.ttf", "700Bold/NotoSansSC_700Bold.ttf", "LICENSE_FONT"];
const watching = process.argv.includes("--watch");

/** Return plain name -> path of what was built from the entries. */
function built(outputs) {
  return Object.entries(outputs)
    .filter(([, output]) => output.entryPoint !== undefined)
    .map(([path, output]) => [basename(output.entryPoint), basename(path)]);
}

/** Write the offline page around the worker, and keep its name: people save it. */
async function writeOffline(outputs) {
  const worker = await readFile(join(ASSETS, Object.fromEntries(built(outputs))[WORKER]), "utf8");
  await writeFile(join(ASSETS, OFFLINE), await offlinePage(worker));
}

/** Write the server's table: hashed names, and the SHA-256 of what is published with its hash. */
async function writeManifest(outputs) {
  const names = Object.fromEntries([...built(outputs), [OFFLINE, OFFLINE]].sort());
  const published = [OFFLINE, WORKER].map(async (name) => {
    const bytes = await readFile(join(ASSETS, names[name]));
    return [name, createHash("sha256").update(bytes).digest("hex")];
  });
  const sha256 = Object.fromEntries(await Promise.all(published));
  await writeFile(join(STATIC, "manifest.json"), `${JSON.stringify({ names, sha256 }, null, 2)}\n`);
}

/** Put a .gz and a .br beside every script and sheet: the server sends them as they lie. */
async function compressAll() {
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  const names = (await readdir(ASSETS)).filter((name) => /\.(js|css|html)$/.test(name));
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
  for (const [plain, hashed] of built(outputs)) {
    const most = MOST_GZIPPED[plain];
    const { size } = most === undefined ? { size: 0 } : await stat(join(ASSETS, `${hashed}.gz`));
    if (size > most) throw new Error(`${plain}: ${size} bytes gzipped, ${most} are allowed`);
  }
}

const parts = {}; // outputs of each of the two builds

/** Publish what lies in the folder once both builds are there. */
const publish = (part) => ({
  name: "publish",
  setup(build) {
    build.onEnd(async ({ errors, metafile }) => {
      if (errors.length > 0) return;
      parts[part] = metafile.outputs;
      if (Object.keys(parts).length < 2) return;
      const outputs = Object.assign({}, ...Object.values(parts));
      await writeOffline(outputs);
      if (!watching) {
        await compressAll();
        await weigh(outputs);
      }
      await writeManifest(outputs); // last: what it names is there
    });
  },
});

await mkdir(FONTS, { recursive: true });
for (const face of FACES) await copyFile(join(FAMILY, face), join(FONTS, basename(face)));
await rm(ASSETS, { recursive: true, force: true });
const common = {
  absWorkingDir: import.meta.dirname,
  outdir: ASSETS,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  bundle: true,
  target: "es2022",
  minify: !watching,
  legalComments: "linked",
  metafile: true,
  logLevel: "warning",
};
const builds = [
  {
    ...common,
    entryPoints: ENTRIES.map((name) => `src/${name}`),
    format: "esm",
    splitting: true,
    plugins: [publish("pages")],
  },
  {
    ...common,
    entryPoints: [`src/${WORKER}`],
    format: "iife", // a worker from one file needs no module loader
    legalComments: "external", // beside it: no byte of it depends on the name it gets
    plugins: [publish("worker")],
  },
];
for (const options of builds) {
  if (watching) await (await esbuild.context(options)).watch();
  else await esbuild.build(options);
}
