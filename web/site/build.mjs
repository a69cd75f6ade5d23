// Makes the site's pages, styles and script, and writes them as one C source: build.mjs OUTPUT DEPFILE.
//
// A page is pages/NAME.njk over the official component macros. It is rendered here once, and what
// comes out is a Mustache template that the server fills: in a page, [[name]] stands for {{name}}.
// Attributes repeat or leave out an element: data-each="list" and data-when="name" put it between
// {{#name}} and {{/name}}, data-unless between {{^name}} and {{/name}}; data-before and data-after
// put their text before and after it. The same sources give the same bytes.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import esbuild from "esbuild";
import nunjucks from "nunjucks";
import openapi from "./openapi.mjs";

const site = dirname(fileURLToPath(import.meta.url));
const components = join(site, "../node_modules/nhsuk-frontend/dist");
const [output, depfile] = process.argv.slice(2);

function list(folder, ending) {
    return readdirSync(join(site, folder)).filter((name) => name.endsWith(ending)).sort();
}

// ---- files: styles, script, icons ----

const files = new Map(); // name -> { type, bytes, path }

function addFile(name, type, bytes) {
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
    files.set(name, { type, bytes: Buffer.from(bytes), path: `/assets/${hash}/${name}` });
}

// The components' styles, without the fonts and without what is a body's own brand.
function styles() {
    const official = readFileSync(join(components, "nhsuk/nhsuk-frontend.min.css"), "utf8")
        .replace(/@font-face\{[^}]*\}/g, "")
        .replace(/Frutiger W01/g, "arial")
        .replace(/\/\*# sourceMappingURL=.*?\*\//g, "")
        .replace(/url\(\/assets\/images\/([a-z-]+\.svg)\)/g, (_, name) => {
            if (!files.has(name)) {
                addFile(name, "image/svg+xml", readFileSync(join(components, "nhsuk/assets/images", name)));
            }
            return `url(${files.get(name).path})`;
        });
    // Charts look as they do in the report, which has one rule a line.
    const charts = readFileSync(join(site, "../report/report.css"), "utf8").split("\n")
        .filter((line) => /^\.(chart|area|axis|line|mark|legend)\b.*\}$/.test(line)).join("\n");
    const own = list("styles", ".css").map((name) => readFileSync(join(site, "styles", name), "utf8"));
    const css = esbuild.transformSync([official, charts, ...own].join("\n"), { loader: "css", minify: true, charset: "utf8" });
    addFile("site.css", "text/css; charset=utf-8", css.code);
}

function scripts() {
    const result = esbuild.buildSync({
        entryPoints: [join(site, "scripts/site.ts")], bundle: true, minify: true, write: false, format: "esm",
        target: "es2020", charset: "utf8", legalComments: "none", nodePaths: [join(site, "../node_modules")],
    });
    addFile("site.js", "text/javascript; charset=utf-8", result.outputFiles[0].contents);
}

// ---- pages ----

const voids = new Set(["area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"]);

// The end of the element whose opening tag ends at `from`.
function elementEnd(html, tag, from) {
    if (voids.has(tag)) {
        return from;
    }
    const marks = new RegExp(`<(/?)${tag}(?=[\\s>/])`, "g");
    marks.lastIndex = from;
    for (let depth = 1, mark; (mark = marks.exec(html)) !== null;) {
        depth += mark[1] === "/" ? -1 : 1;
        if (depth === 0) {
            return html.indexOf(">", mark.index) + 1;
        }
    }
    throw new Error(`<${tag}> is not closed`);
}

const unescape = (text) => text.replace(/&quot;/g, '"').replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&#39;/g, "'").replace(/&amp;/g, "&");

function applyAttributes(html) {
    const marked = /<([a-z][a-z0-9]*)((?:\s+[^\s=>]+(?:="[^"]*")?)*?)\s+data-(each|when|unless|before|after)="([^"]*)"([^>]*)>/;
    for (let found; (found = marked.exec(html)) !== null;) {
        const [whole, tag, before, kind, value, after] = found;
        const start = found.index;
        const end = elementEnd(html, tag, start + whole.length);
        const open = `<${tag}${before}${after}>`;
        const element = open + html.slice(start + whole.length, end);
        const name = unescape(value);
        const wrapped = kind === "before" ? name + element
            : kind === "after" ? element + name
            : `[[${kind === "unless" ? "^" : "#"}${name}]]${element}[[/${name}]]`;
        html = html.slice(0, start) + wrapped + html.slice(end);
    }
    return html;
}

// On narrow screens each row of a table.shire-stack is a block in which every value has its column's heading
// beside it. A table whose columns are not known before it is filled has them in its template (figures.njk).
function stackTables(html) {
    return html.replace(/<table class="[^"]*shire-stack[^"]*"[\s\S]*?<\/table>/g, (table) => {
        if (table.includes("data-heading")) {
            return table;
        }
        const headings = [...table.matchAll(/<th scope="col"[^>]*>([\s\S]*?)<\/th>/g)].map(([, text]) => text.replace(/<[^>]*>/g, ""));
        return table.replace(/<tr class="nhsuk-table__row[\s\S]*?<\/tr>/g, (row) => {
            let column = 0;
            return row.replace(/<(th|td)(?=[\s>])/g, (_, tag) => {
                const heading = headings[column++];
                return tag === "th" ? "<th" : `<td data-heading="${heading}"`;
            });
        });
    });
}

function makeTemplates() {
    const environment = new nunjucks.Environment(
        new nunjucks.FileSystemLoader([join(site, "pages"), join(site, "parts"), components]),
        { autoescape: true, throwOnUndefined: false, trimBlocks: true, lstripBlocks: true });
    environment.addGlobal("file", (name) => files.get(name).path);
    // The service's name stands where the components have one organisation's logo.
    environment.addFilter("without_logo", (html) =>
        new nunjucks.runtime.SafeString(String(html).replace(/<svg class="nhsuk-header__logo"[\s\S]*?<\/svg>\s*/, "")));
    return list("pages", ".njk").map((name) => {
        const html = environment.render(name, {});
        // role="text" of the components is in no standard.
        const template = stackTables(applyAttributes(html)).replace(/ role="text"/g, "")
            .replace(/[ \t]+$/gm, "").replace(/\n{2,}/g, "\n").replace(/^\s+/, "")
            .replace(/\[\[/g, "{{").replace(/\]\]/g, "}}");
        return [name.replace(/\.njk$/, ""), Buffer.from(template)];
    });
}

// ---- the C source ----

function literal(bytes) {
    let text = "";
    const lines = [];
    for (const byte of bytes) {
        // Three octal digits always, so that no digit after can join in; '?' for trigraphs.
        const plain = byte >= 32 && byte < 127 && byte !== 34 && byte !== 92 && byte !== 63;
        text += plain ? String.fromCharCode(byte) : "\\" + byte.toString(8).padStart(3, "0");
        if (text.length > 4000) {
            lines.push(`    "${text}"`);
            text = "";
        }
    }
    lines.push(`    "${text}"`);
    return lines.join("\n");
}

function source(templates) {
    const out = ['#include "web/web_assets.h"', ""];
    templates.forEach(([, bytes], i) => out.push(`static const char template_${i}[] =\n${literal(bytes)};`));
    out.push("const shire_web_template shire_web_templates[] = {");
    templates.forEach(([name, bytes], i) => out.push(`    {"${name}", {template_${i}, ${bytes.length}}},`));
    out.push("};", `const size_t shire_web_template_count = ${templates.length};`);
    [...files.values()].forEach((file, i) => {
        file.packed = gzipSync(file.bytes, { level: 9 });
        file.packed[9] = 255; // the system it was made on: not said
        out.push(`static const char file_${i}[] =\n${literal(file.bytes)};`);
        out.push(`static const char packed_${i}[] =\n${literal(file.packed)};`);
    });
    out.push("const shire_web_file shire_web_files[] = {");
    [...files.values()].forEach((file, i) => out.push(
        `    {"${file.path}", "${file.type}", {file_${i}, ${file.bytes.length}}, {packed_${i}, ${file.packed.length}}},`));
    out.push("};", `const size_t shire_web_file_count = ${files.size};`);
    const description = Buffer.from(JSON.stringify(openapi));
    out.push(`static const char openapi[] =\n${literal(description)};`);
    out.push(`const shire_span shire_web_openapi = {openapi, ${description.length}};`, "");
    return out.join("\n");
}

addFile("favicon.svg", "image/svg+xml", readFileSync(join(site, "images/favicon.svg")));
styles();
scripts();
writeFileSync(output, source(makeTemplates()));
// The folders too: their time changes when a file is added or removed.
const inputs = [join(site, "openapi.mjs"), join(site, "../report/report.css"), ...["pages", "parts", "styles", "scripts", "images"].flatMap((folder) =>
    [join(site, folder), ...list(folder, "").map((name) => join(site, folder, name))])];
writeFileSync(depfile, `${output}: ${inputs.map((path) => relative(process.cwd(), path)).join(" ")}\n`);
