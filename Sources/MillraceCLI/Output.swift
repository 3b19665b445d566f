import Glibc
import MillraceValues
import Synchronization

/// Where results and messages go: results on stdout, everything else on stderr.
///
/// Writes go straight to the descriptors; a closed pipe ends the program quietly, as it ends `cat`.
struct Output: Sendable {
    /// Whether results are JSON lines.
    let isJSON: Bool
    /// Whether only errors are said.
    let isQuiet: Bool

    init(_ options: GlobalOptions) {
        isJSON = options.json
        isQuiet = options.quiet
    }

    /// A line of a result for people; nothing with `--json` or `--quiet`.
    func line(_ text: String = "") {
        if !isJSON, !isQuiet { Self.write(text + "\n", to: STDOUT_FILENO) }
    }

    /// An object of a result for programs; nothing without `--json`.
    func object(_ value: Value) {
        if isJSON { Self.write(JSONWriter.text(value) + "\n", to: STDOUT_FILENO) }
    }

    /// A sentence beside the result: on stderr, or with `--json` an object.
    func note(_ text: String) {
        if isJSON { object(["kind": "notice", "sentence": .string(text)]) } else { message(text) }
    }

    /// A message on stderr, also with `--quiet`.
    func message(_ text: String) { Self.write(text + "\n", to: STDERR_FILENO) }

    /// A message on stderr, before any options are known.
    static func complain(_ text: String) { write(text + "\n", to: STDERR_FILENO) }
    /// A text on stdout, before any options are known: help and version.
    static func tell(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// Whether a person looks at stderr.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// A table with a head line; columns as wide as their widest cell, numbers to the right.
    func table(_ head: [String], _ rows: [[String]]) {
        if isJSON || isQuiet || rows.isEmpty { return }
        let widths = head.indices.map { column in
            ([head] + rows).map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        let isNumber = head.indices.map { column in
            rows.allSatisfy { column >= $0.count || $0[column].isEmpty || ExactDecimal($0[column]) != nil }
        }
        for row in [head] + rows {
            let cells = row.enumerated().map { column, cell in
                let blank = String(repeating: " ", count: max(0, widths[column] - cell.count))
                return isNumber[column] ? blank + cell : cell + blank
            }
            var text = cells.joined(separator: "  ")
            while text.hasSuffix(" ") { text.removeLast() }
            line(text)
        }
    }

    private static func write(_ text: String, to descriptor: Int32) {
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
