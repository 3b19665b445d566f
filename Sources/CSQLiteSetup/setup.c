#include "CSQLiteSetup.h"
#include <sqlite3.h>

// sqlite3_config takes varargs, which Swift cannot call.
int millrace_sqlite_without_memory_count(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
