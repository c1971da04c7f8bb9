/* Opens a workbook and saves it again with a library that programs of units use:
   node resave.js sheetjs|exceljs|populate BOOK.xlsx COPY.xlsx [BOOK.xlsx COPY.xlsx ...]
   SheetJS saves in the format of the copy's name. */
"use strict";

const savers = {
  sheetjs: async (book, copy) => {
    const SheetJS = require("xlsx");
    const kept = copy.endsWith(".xlsx") ? { cellFormula: true } : { cellStyles: true, cellNF: true };
    SheetJS.writeFile(SheetJS.readFile(book, kept), copy);
  },
  exceljs: async (book, copy) => {
    const ExcelJS = require("exceljs");
    const workbook = new ExcelJS.Workbook();
    await workbook.xlsx.readFile(book);
    await workbook.xlsx.writeFile(copy);
  },
  populate: async (book, copy) => {
    const XlsxPopulate = require("xlsx-populate");
    const workbook = await XlsxPopulate.fromFileAsync(book);
    await workbook.toFileAsync(copy);
  },
};

async function main([library, ...files]) {
  for (let number = 0; number < files.length; number += 2) {
    await savers[library](files[number], files[number + 1]);
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
