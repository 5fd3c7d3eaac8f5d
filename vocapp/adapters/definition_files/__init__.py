"""Files of survey definitions, personas, themes, rules of alerts, in YAML or JSON: what they hold, what is wrong where.

`documents` says what a document and a fault of a file are, `reading` makes documents of a file, `checking` asks the
domain what is wrong with them, over several files at once. Nothing here raises: a file is read, or its faults are told.
"""

from vocapp.adapters.definition_files.checking import Checked, check_files
from vocapp.adapters.definition_files.documents import Document, FileFault
from vocapp.adapters.definition_files.reading import files_at, load_file

__all__ = ["Checked", "Document", "FileFault", "check_files", "files_at", "load_file"]
