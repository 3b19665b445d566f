/// Runs the program with the process's arguments and ends it with the exit code of DESIGN section 8.
public func runCommandLine() async {
}
