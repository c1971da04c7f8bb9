"""How much of a file that nobody vouches for is read at most: read a limit where it applies, as limits.MAX_CELLS."""

MEBIBYTE = 1 << 20
MAX_FILE_BYTES = 50 * MEBIBYTE
MAX_ENTRIES = 2_000  # entries of the archive
MAX_UNPACKED_BYTES = 400 * MEBIBYTE  # all parts together
MAX_PART_BYTES = 150 * MEBIBYTE
MAX_COMPRESSION_RATIO = 200  # unpacked bytes per packed byte; real sheets stay below 50
FREE_PART_BYTES = 20 * MEBIBYTE  # not held to the ratio: old workbooks carry thousands of identical styles
MAX_ELEMENT_BYTES = 4 * MEBIBYTE  # markup of one row, one text or one tag, held in memory as a whole
MAX_RELATIONS = 70_000  # of a part; Excel takes 65,530 links on a sheet
MAX_CELLS = 5_000_000  # of a sheet, empty ones too; rows count like cells
MAX_FORM_CELLS = 1_500_000  # the same of a workbook that is read whole, as forms are
MAX_CONTENT = 300_000  # cells that hold something, texts, names, styles and the like of a workbook, kept in memory
BLOCK_BYTES = 1 * MEBIBYTE  # of rows whose cells are cut out at a time; most sheets are one block
CHUNK_BYTES = 256 << 10  # unpacked and parsed at a time; most sheets are one chunk
