// Builds the offline page: markup, sheet, script and the worker's text in one file that asks nobody
// for anything. Its words stand in the catalogues, like those of every page; it has both languages.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as esbuild from "esbuild";

const SOURCE = join(import.meta.dirname, "src");
const CATALOGUE = join(import.meta.dirname, "../locale/zh_CN/LC_MESSAGES/hall.po");

/** Return the whole page as text. `worker`: the text of the built worker. */
export async function offlinePage(worker) {
  const [js, css] = await Promise.all([built("offline-seal.js", "iife"), built("offline-seal.css")]);
  const chinese = await catalogue();
  const template = await readFile(join(SOURCE, "offline-seal.html"), "utf8");
  const translated = template.replace(/(<title>)?\{\{ _\("(.+?)"\) \}\}/g, (_, title, sentence) => {
    const said = chinese.get(sentence);
    if (!said) throw new Error(`no Chinese for: ${sentence}`);
    if (title) return `${title}${said} · ${sentence}`; // a title has no elements
    return `<span lang="zh-CN">${said}</span><span lang="en">${sentence}</span>`;
  });
  const filled = { WORKER: safe(worker), JS: safe(js), CSS: css, SCRIPT: hash(js), STYLE: hash(css) };
  return translated.replace(/@([A-Z]+)@/g, (_, name) => filled[name]);
}

/** Bundle one source into one text. */
async function built(name, format) {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: import.meta.dirname,
    entryPoints: [join(SOURCE, name)],
    bundle: true,
    minify: true,
    write: false,
    target: "es2022",
    legalComments: "none",
    logLevel: "warning",
    ...(format && { format }),
  });
  return outputFiles[0].text.trim();
}

/** Read the Chinese sentences: every msgid with its msgstr, over as many lines as they take. */
async function catalogue() {
  const text = await readFile(CATALOGUE, "utf8");
  const entries = text.matchAll(/^msgid ((?:".*"\n)+)msgstr ((?:".*"\n?)+)/gm);
  const joined = (lines) => lines.trim().split("\n").map((line) => JSON.parse(line)).join("");
  return new Map(Array.from(entries, ([, id, said]) => [joined(id), joined(said)]));
}

/** Refuse a text that would end the element it stands in. */
function safe(script) {
  if (/<\/script|<!--/i.test(script)) throw new Error("a script that cannot stand in a page");
  return script;
}

const hash = (text) => createHash("sha256").update(text).digest("base64");
