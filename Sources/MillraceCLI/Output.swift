import Glibc
import MillraceValues

/// Where results and messages go: results on stdout, everything else on stderr.
///
/// Writes go straight to the descriptors; a closed pipe ends the program quietly, as it ends `cat`.
struct Output: Sendable {
    /// Whether results are JSON lines.
    let isJSON: Bool
    /// Whether only errors are said.
    let isQuiet: Bool
    /// Takes each text for stdout or stderr.
    private let sink: @Sendable (String, Int32) -> Void

    init(_ options: GlobalOptions, sink: @escaping @Sendable (String, Int32) -> Void = Output.write) {
        isJSON = options.json
        isQuiet = options.quiet
        self.sink = sink
    }

    /// A line of a result for people, broken where a terminal is narrower; nothing with `--json` or `--quiet`.
    func line(_ text: String = "", _ paint: Paint? = nil) {
        if isJSON || isQuiet { return }
        let terminal = Terminal.current
        for part in terminal.width.map({ Layout.wrapped(text, width: $0) }) ?? [text] {
            let shown = paint.flatMap { terminal.paints ? "\u{1B}[\($0.rawValue)m\(part)\u{1B}[0m" : nil } ?? part
            sink(shown + "\n", STDOUT_FILENO)
        }
    }

    /// An object of a result for programs; nothing without `--json`.
    func object(_ value: Value) {
        if isJSON { sink(JSONWriter.text(value) + "\n", STDOUT_FILENO) }
    }

    /// A sentence beside the result: on stderr, or with `--json` an object.
    func note(_ text: String) {
        if isJSON { object(["kind": "notice", "sentence": .string(text)]) } else { message(text) }
    }

    /// A message on stderr, also with `--quiet`.
    func message(_ text: String) { sink(Self.broken(text, Self.messageWidth) + "\n", STDERR_FILENO) }

    /// A message on stderr, before any options are known.
    static func complain(_ text: String) { write(broken(text, messageWidth) + "\n", to: STDERR_FILENO) }

    /// How wide messages may be; nil where stderr is no terminal.
    private static var messageWidth: Int? { Terminal.current.showsProgress ? Terminal.current.width : nil }

    /// The text broken where it is read on a terminal; the alternatives of a usage line stay whole.
    private static func broken(_ text: String, _ width: Int?) -> String {
        guard let width else { return text }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            // What is indented is shown as it is: a line of a file, and the caret below it.
            if line.hasPrefix(" ") { return String(line) }
            if !line.lowercased().hasPrefix("usage: ") {
                return Layout.wrapped(String(line), width: width).joined(separator: "\n")
            }
            var depth = 0
            let whole = line.map { character -> Character in
                depth += ["[", "<"].contains(character) ? 1 : ["]", ">"].contains(character) ? -1 : 0
                return character == " " && depth > 0 ? "\u{A0}" : character
            }
            return Layout.wrapped(String(whole), width: width).joined(separator: "\n").replacing("\u{A0}", with: " ")
        }.joined(separator: "\n")
    }
    /// A text on stdout, before any options are known: help and version.
    static func tell(_ text: String) { write(broken(text, Terminal.current.width) + "\n", to: STDOUT_FILENO) }

    /// The last object of a result that failed, before any options are known.
    static func tellEnd(_ exit: Exit, _ sentence: String) {
        var end = ValueObject(["kind": "end", "exit": .number(ExactDecimal(Int64(exit.rawValue)))])
        if !sentence.isEmpty { end["error"] = .string(sentence) }
        tell(JSONWriter.text(.object(end)))
    }

    /// Writes the text whole, as far as anybody reads.
    @Sendable static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                bytes = bytes.dropFirst(written)
            } else if errno != EINTR {
                // Nobody reads any more (or the disk of a redirected output is full): there is no one to tell.
                return
            }
        }
    }
}
