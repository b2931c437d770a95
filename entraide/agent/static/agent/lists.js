// What opens over the list (help for searching, its columns, saving it as a view): one at a time, closed by Escape and by a click beside it.

