import ArgumentParser

/// Options that every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(help: "The site's folder. Default: this folder if it holds millrace.yaml, else MILLRACE_SITE.")
    var site: String?

    @Flag(help: "Print results as JSON, one object a line, the last one with \"kind\": \"end\".")
    var json = false

    @Flag(help: "Print errors only.")
    var quiet = false

    @Flag(help: "Show no progress, also on a terminal.")
    var noProgress = false
}
