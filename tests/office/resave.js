/* Opens a workbook and saves it again with a library that programs of units use:
   node resave.js sheetjs|exceljs BOOK.xlsx COPY.xlsx; SheetJS saves in the format of the copy's name. */
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
};

const [library, book, copy] = process.argv.slice(2);
savers[library](book, copy).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
