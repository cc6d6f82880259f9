"""Parts of the XLSX writer: cells, charts, the finished file."""
