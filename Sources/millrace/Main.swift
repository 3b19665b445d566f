import MillraceCLI

@main
struct Main {
    static func main() async {
        await runCommandLine()
    }
}
