"""The command line: ``euthymia demo|case|score|stage|screen|plan|follow|therapies|schema``."""
