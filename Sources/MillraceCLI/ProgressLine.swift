import Glibc
import MillraceCore
import MillraceSync
import MillraceValues
import Synchronization

/// One line on stderr that says how far a run or another long verb is, how fast, and how long it may still take; nothing where no terminal is.
final class ProgressLine: Sendable {
    private struct State {
        /// When each part began, and where it stood then.
        var begun: [String: (at: Instant, done: Int64)] = [:]
        var shownAt: Instant?
        var isShown = false
    }

    /// Whether anybody waits for it.
    let isOn: Bool
    private let now: @Sendable () -> Instant
    private let width: Int
    private let state = Mutex(State())

    /// A line for that command, silent where nobody waits for it.
    init(_ options: GlobalOptions, now: @escaping @Sendable () -> Instant) {
        isOn = Terminal.current.showsProgress && !options.noProgress && !options.quiet && !options.json
        width = Terminal.current.width ?? 80
        self.now = now
    }

    /// Shows how far a part of a run is, at most ten times a second.
    func show(_ progress: RunProgress) {
        guard isOn else { return }
        let now = now()
        let text: String? = state.withLock { state in
            let begun = state.begun[progress.subject] ?? (now, progress.done)
            state.begun[progress.subject] = begun
            if let shownAt = state.shownAt, now - shownAt < .milliseconds(100) { return nil }
            (state.shownAt, state.isShown) = (now, true)
            return Self.text(progress, since: begun.at, from: begun.done, now: now, width: width)
        }
        if let text { Output.write("\r\u{1B}[K" + text, to: STDERR_FILENO) }
    }

    /// What a verb tells; nil where nobody waits for it.
    var watch: ProgressWatch? {
        if !isOn { return nil }
        return { self.show($0) }
    }

    /// Takes the line away.
    func end() {
        let wasShown = state.withLock { state in
            defer { state.isShown = false }
            return state.isShown
        }
        if wasShown { Output.write("\r\u{1B}[K", to: STDERR_FILENO) }
    }

    /// `press-line: 12,300 readings, 4,100/s [#####-----] 12 s left`, without what is not known, cut to the width.
    static func text(_ progress: RunProgress, since: Instant, from: Int64, now: Instant, width: Int) -> String {
        var text = "\(progress.subject): \(grouped(progress.done)) \(progress.unit)"
        let seconds = Double((now - since).components.seconds) + Double((now - since).components.attoseconds) / 1e18
        if seconds >= 0.5, progress.done > from {
            text += ", \(grouped(Int64(Double(progress.done - from) / seconds)))/s"
        }
        if let share = progress.share, share > 0 {
            let marks = min(10, Int(share * 10))
            text += " [\(String(repeating: "#", count: marks))\(String(repeating: "-", count: 10 - marks))]"
            if seconds >= 1, share < 1 {
                text += " \(Words.age(.seconds(Int64((seconds / share * (1 - share)).rounded(.up))))) left"
            }
        }
        return String(text.prefix(max(10, width - 1)))
    }

    /// Thousands parted by commas.
    private static func grouped(_ number: Int64) -> String {
        var result = ""
        for (index, digit) in String(number).reversed().enumerated() {
            if index > 0, index % 3 == 0, digit != "-" { result.append(",") }
            result.append(digit)
        }
        return String(result.reversed())
    }
}

extension GlobalOptions {
    /// Does something that may take long, its progress shown where a person waits for it.
    func showingProgress<Result>(
        now: @escaping @Sendable () -> Instant, _ body: (ProgressWatch?) async throws -> Result
    ) async throws -> Result {
        let line = ProgressLine(self, now: now)
        defer { line.end() }
        return try await body(line.watch)
    }
}
