// Loads workbooks with ExcelJS and with SheetJS. Standard input: a JSON list of paths; standard output: by program, for
// each workbook, what its cells show: {sheet: {address: value}}, empty ones left out; a formula by its cached value.
"use strict";

const fs = require("node:fs");
const ExcelJS = require("exceljs");
const XLSX = require("xlsx");

const DAY = 86_400_000;
const DAY_ZERO = Date.UTC(1899, 11, 30);

// ExcelJS gives objects for what is more than a value; a merged area's value in all of its cells.
function plain(value) {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return (value.getTime() - DAY_ZERO) / DAY;
  if (typeof value !== "object") return value;
  if (value.richText) return value.richText.map(({ text }) => text).join("");
  if ("formula" in value || "sharedFormula" in value) return plain(value.result);
  return plain(value.text ?? value.error);
}

async function byExcelJs(path) {
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(path);
  const sheets = book.worksheets.map((sheet) => {
    const cells = [];
    sheet.eachRow((row) =>
      row.eachCell((cell) => {
        if (cell.master === cell) cells.push([cell.address, plain(cell.value)]);
      }),
    );
    return [sheet.name, filled(cells)];
  });
  return Object.fromEntries(sheets);
}

function bySheetJs(path) {
  const book = XLSX.read(fs.readFileSync(path));
  const sheets = book.SheetNames.map((name) => {
    const cells = Object.entries(book.Sheets[name]).filter(([address]) => !address.startsWith("!"));
    return [name, filled(cells.map(([address, { v }]) => [address, v]))];
  });
  return Object.fromEntries(sheets);
}

const filled = (cells) => Object.fromEntries(cells.filter(([, value]) => value !== null && value !== undefined && value !== ""));

async function main() {
  const paths = JSON.parse(fs.readFileSync(0, "utf8"));
  const excelJs = [];
  for (const path of paths) excelJs.push(await byExcelJs(path));
  process.stdout.write(JSON.stringify({ ExcelJS: excelJs, SheetJS: paths.map(bySheetJs) }));
}

main();
