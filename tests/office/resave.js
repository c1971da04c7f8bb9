/* A workbook saved again by SheetJS: node resave.js BOOK.xlsx TARGET.xlsb; the format is that of the target's name. */
"use strict";

const SheetJS = require("xlsx");

const [source, target] = process.argv.slice(2);
SheetJS.writeFile(SheetJS.readFile(source, { cellStyles: true, cellNF: true }), target);
