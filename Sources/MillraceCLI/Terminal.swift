import Glibc

/// What a person looks at: how wide it is, and whether it shows colours.
struct Terminal: Sendable {
    /// Columns of stdout; nil where stdout is no terminal.
    let width: Int?
    /// Whether results are coloured.
    let paints: Bool
    /// Whether stderr is a terminal, so that a person waits for progress.
    let showsProgress: Bool

    /// None: pipes, files, cron, tests.
    static let none = Terminal(width: nil, paints: false, showsProgress: false)

    /// The terminal of this task; the program takes the real one, once.
    @TaskLocal static var current = Terminal.none

    /// The terminal that the process was started on. NO_COLOR (no-color.org) and TERM=dumb keep colours away.
    static var real: Terminal {
        let isScreen = isatty(STDOUT_FILENO) == 1
        let isDumb = SiteFolder.environment("TERM") == "dumb"
        return Terminal(
            width: isScreen ? columns() : nil, paints: isScreen && !isDumb && SiteFolder.environment("NO_COLOR") == nil,
            showsProgress: isatty(STDERR_FILENO) == 1 && !isDumb)
    }

    private static func columns() -> Int {
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return max(40, Int(size.ws_col)) }
        return max(40, SiteFolder.environment("COLUMNS").flatMap { Int($0) } ?? 80)
    }
}

/// How a stretch of text is shown where colours are.
enum Paint: String {
    case strong = "1"
    case faint = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case blue = "36"
}
