// Recalculates workbooks with HyperFormula, which reads no files: SheetJS does. Standard input:
// {"book": path, "fillings": […]}, fillings as in engines.py; standard output: for each filling every formula cell's
// value by address, an error by its name.
"use strict";

const fs = require("node:fs");
const { HyperFormula, DetailedCellError } = require("hyperformula");
const XLSX = require("xlsx");

// As Excel computes, by HyperFormula's own guide.
const LIKE_EXCEL = {
  licenseKey: "gpl-v3",
  evaluateNullToZero: true,
  ignoreWhiteSpace: "any",
  leapYear1900: true,
  localeLang: "en-US",
  nullDate: { year: 1899, month: 12, day: 31 },
  useArrayArithmetic: true, // for what SUMPRODUCT takes
  useWildcards: true,
};
const BOOLEANS = ["TRUE", "FALSE"].map((name) => ({ name, expression: `=${name}()` })); // it knows the functions alone

// An apostrophe keeps a text a text: 1,000.00 would be a number without it.
const typed = (value) => {
  if (typeof value !== "string" || (value.startsWith("=") && value !== "=")) return value;
  return value.startsWith("'") ? value : `'${value}`;
};

const content = (cell) => {
  if (cell.f !== undefined) return `=${cell.f}`;
  return cell.t === "s" ? `'${cell.v}` : cell.v;
};

function grid(sheet) {
  const rows = [];
  const formulas = [];
  for (const [address, cell] of Object.entries(sheet).filter(([name]) => !name.startsWith("!"))) {
    const { r: row, c: column } = XLSX.utils.decode_cell(address);
    (rows[row] ??= [])[column] = content(cell);
    if (cell.f !== undefined) formulas.push({ address, row, col: column });
  }
  return { rows: Array.from(rows, (row) => Array.from(row ?? [], (value) => value ?? null)), formulas };
}

function results({ book, fillings }) {
  const read = XLSX.read(fs.readFileSync(book), { cellFormula: true });
  const grids = Object.fromEntries(read.SheetNames.map((name) => [name, grid(read.Sheets[name])]));
  const names = read.Workbook.Names.filter(({ Sheet, Name }) => Sheet === undefined && !Name.startsWith("_xlnm."));
  const engine = HyperFormula.buildFromSheets(
    Object.fromEntries(Object.entries(grids).map(([name, { rows }]) => [name, rows])),
    LIKE_EXCEL,
    [...BOOLEANS, ...names.map(({ Name, Ref }) => ({ name: Name, expression: `=${Ref}` }))],
  );
  const places = Object.entries(grids).flatMap(([name, { formulas }]) =>
    formulas.map(({ address, row, col }) => [`${name}!${address}`, { sheet: engine.getSheetId(name), row, col }]),
  );
  const shown = (place) => {
    const value = engine.getCellValue(place);
    return value instanceof DetailedCellError ? value.value : value;
  };
  return fillings.map((filling) => {
    const cells = Object.entries(filling).map(([where, value]) => {
      const [name, address] = where.split("!");
      const { r: row, c: col } = XLSX.utils.decode_cell(address);
      return { place: { sheet: engine.getSheetId(name), row, col }, value, before: grids[name].rows[row][col] ?? null };
    });
    engine.batch(() => cells.forEach(({ place, value }) => engine.setCellContents(place, [[typed(value)]])));
    const values = Object.fromEntries(places.map(([where, place]) => [where, shown(place)]));
    engine.batch(() => cells.forEach(({ place, before }) => engine.setCellContents(place, [[before]])));
    return values;
  });
}

process.stdout.write(JSON.stringify(results(JSON.parse(fs.readFileSync(0, "utf8")))));
