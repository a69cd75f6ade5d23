// The documentation against the program, so that no figure in it can drift. Prints TAP.
//  - Every sum that a page writes out (600 + 500 = 1,100) holds, in whole fractions.
//  - Every amount of pounds and pence on a page of costing stands in what the golden cases that the
//    page names hold or put out, or in a sum on the page that holds.
//  - Every command on the clinic of examples/ puts out what the page shows; a line of "..." stands
//    for any lines.
// Usage: node pages.mjs PROGRAM ROOT
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const [program, root] = process.argv.slice(2, 4).map((path) => resolve(path));
const scratch = mkdtempSync(join(tmpdir(), "shire-docs-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

const costing = readdirSync(join(root, "docs/costing")).map((name) => `docs/costing/${name}`);
const figured = [...costing, "docs/plics.md", "docs/explain.md", "docs/assurance.md"].sort();
const shown = ["README.md", "docs/explain.md", "docs/what-if.md"];

// ---- sums ----

const number = String.raw`\d[\d,]*(?:\.\d+)?`;
const term = String.raw`[(]*${number}[)]*`;
const sum = new RegExp(String.raw`(?<![\w.,(−-])(?<![×÷+−=-]\s)([(]*[−-]?${term}(?:\s[+−×÷-]\s${term})+)\s=\s\**([−-]?${number})`, "gu");

// A fraction as [numerator, denominator].
function fraction(text) {
    const [whole, decimals = ""] = text.replace(/,/g, "").split(".");
    return [BigInt(whole + decimals), 10n ** BigInt(decimals.length)];
}

const apply = {
    "+": ([a, b], [c, d]) => [a * d + c * b, b * d],
    "−": ([a, b], [c, d]) => [a * d - c * b, b * d],
    "×": ([a, b], [c, d]) => [a * c, b * d],
    "÷": ([a, b], [c, d]) => [a * d, b * c],
};

// Terms of factors, with brackets.
function evaluate(text) {
    const tokens = text.replace(/-/g, "−").match(new RegExp(`${number}|[-+−×÷()]`, "gu"));
    const factor = () => {
        const token = tokens.shift();
        if (token === "−") {
            return apply["×"]([-1n, 1n], factor());
        }
        if (token !== "(") {
            return fraction(token);
        }
        const value = terms();
        tokens.shift();
        return value;
    };
    const chain = (part, operators) => () => {
        let value = part();
        while (operators.includes(tokens[0])) {
            value = apply[tokens.shift()](value, part());
        }
        return value;
    };
    const product = chain(factor, "×÷");
    const terms = () => chain(product, "+−")();
    return terms();
}

// What a page's sums say and whether they hold: exactly, or to the penny where the result has pence.
function sumsOf(text) {
    return [...text.replace(/\*\*/g, "").matchAll(sum)].map(([whole, left, right]) => {
        const [a, b] = evaluate(left);
        const [c, d] = evaluate(right);
        const off = a * d - c * b;
        const isPence = /[.]\d\d$/.test(right);
        return { whole, holds: off === 0n || (isPence && (off < 0n ? -off : off) * 200n <= b * d) };
    });
}

// ---- amounts ----

const amountsIn = (text) => [...text.matchAll(/(?<![\d.,])\d[\d,]*\.\d\d(?![\d.])/g)].map(([amount]) => amount.replace(/,/g, ""));

function textUnder(folder) {
    return readdirSync(folder).map((name) => {
        const path = join(folder, name);
        return statSync(path).isDirectory() ? textUnder(path) : readFileSync(path, "utf8");
    }).join("\n");
}

// In a file of commas 1,234 may be one number or two.
function amountsOf(text) {
    return [...text.matchAll(/\d{1,3}(?:,\d{3})+(?:[.]\d+)?/g), ...text.matchAll(/\d+(?:[.]\d+)?/g)].map(([found]) => {
        const [whole, decimals = ""] = found.replace(/,/g, "").split(".");
        return `${whole}.${decimals.padEnd(2, "0")}`;
    });
}

// ---- commands ----

// Blocks of a page that begin with a command on the clinic: the command and what it shows.
function commandsOf(text) {
    return [...text.matchAll(/```\n(\$ (?:build\/)?shire [\s\S]*?)```/g)].flatMap(([, block]) =>
        block.split(/^\$ /m).slice(1).map((part) => {
            const [command, ...lines] = part.trimEnd().split("\n");
            return { command, lines };
        })).filter(({ command }) => command.includes("examples/clinic"));
}

const pattern = (lines) => new RegExp(`^${lines.map((line) => line.trim() === "..." ? "(?:.*\n)*" : `${line.trimEnd().replace(/[.*+?^${}()|[\]\\]/g, "\\$&")} *\n`).join("")}`, "m");

// ---- the pages ----

const failures = [];
const results = [];
function test(name, problems) {
    results.push(`${problems.length === 0 ? "ok" : "not ok"} ${results.length + 1} - ${name}`);
    problems.forEach((problem) => failures.push(`# ${name}: ${problem}`));
}

let sumCount = 0;
let amountCount = 0;
let commandCount = 0;
cpSync(join(root, "examples"), join(scratch, "examples"), { recursive: true });
rmSync(join(scratch, "examples/clinic/.shire"), { recursive: true, force: true });
const run = (command) => spawnSync(program, command.match(/'[^']*'|\S+/g).map((word) => word.replace(/^'|'$/g, "")).slice(1), { cwd: scratch, encoding: "utf8" });
test("the clinic runs", run("shire run examples/clinic").status === 0 ? [] : ["shire run examples/clinic failed"]);
const outputs = [];
for (const page of shown) {
    const problems = [];
    for (const { command, lines } of commandsOf(readFileSync(join(root, page), "utf8"))) {
        const { stdout, status } = run(command);
        commandCount++;
        outputs.push(stdout);
        if (status !== 0 || !pattern(lines).test(stdout)) {
            problems.push(`"${command}" puts out something else:`, ...stdout.split("\n").slice(0, 20));
        }
    }
    test(`commands of ${page}`, problems);
}
for (const page of figured) {
    const text = readFileSync(join(root, page), "utf8");
    const sums = sumsOf(text);
    sumCount += sums.length;
    test(`sums of ${page}`, sums.filter(({ holds }) => !holds).map(({ whole }) => `${whole} does not hold`));
    const cases = [...text.matchAll(/tests\/golden\/([a-z0-9-]+)/g)].map(([, name]) => join(root, "tests/golden", name));
    const folders = [...cases.filter((folder) => existsSync(folder)), join(root, "examples/clinic")];
    const known = new Set([...[...folders.map(textUnder), ...outputs].flatMap(amountsOf), ...sums.filter(({ holds }) => holds).flatMap(({ whole }) => amountsIn(whole))]);
    // What stands in `code` is how to write something, not a figure of an example.
    const amounts = amountsIn(text.replace(/(?<!`)`[^`\n]+`(?!`)/g, ""));
    amountCount += amounts.length;
    test(`amounts of ${page}`, [...new Set(amounts)].filter((amount) => !known.has(amount)).map((amount) => `${amount} stands in no case that the page names and in no sum of it`));
}
test("there are sums, amounts and commands", sumCount >= 20 && amountCount >= 100 && commandCount >= 4 ? [] : [`${sumCount}, ${amountCount}, ${commandCount}`]);
console.log(`1..${results.length}\n${[...results, ...failures].join("\n")}`);
process.exitCode = failures.length === 0 ? 0 : 1;
