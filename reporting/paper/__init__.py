"""Parts of the PDF writer: fonts, frame of a page, charts, tables and text blocks."""
