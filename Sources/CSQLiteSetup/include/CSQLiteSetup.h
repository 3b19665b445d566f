/// Tells SQLite not to count its memory: the count takes a lock around every allocation, and nothing here reads it.
///
/// Must be called before the first use of SQLite in the process; later it has no effect. Returns SQLite's code: 0 where it took effect.
int millrace_sqlite_without_memory_count(void);
