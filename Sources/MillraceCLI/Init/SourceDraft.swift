import MillraceConnectors
import MillraceCore
import MillraceSync
import MillraceValues

/// The files of a site whose source was looked at: connector, counts, stops, and the confirmation of the counts.
struct SourceDraft {
    /// The connector's name.
    let name: String
    /// Its settings.
    let settings: ConnectorSettings.Decoded
    /// What it holds.
    let survey: SourceSurvey

    private func signal(_ look: SourceSurvey.Look) -> SourceSurvey.Signal? { survey.signal(look) }
    /// What is counted, of each quantity the first: counters, or where there is none amounts; a mapping has one kind only.
    private var counted: [SourceSurvey.Signal] {
        let kind: SourceSurvey.Look = signal(.counter) == nil ? .amount : .counter
        return CountedQuantity.allCases.compactMap { survey.signal(kind, $0) }
    }
    /// Whether anything can be counted.
    var counts: Bool { !counted.isEmpty }
    /// Whether anything says what a machine does.
    var hasStates: Bool { execution != nil }

    /// Whether a mapping picks its signals, of observations or of a log's rows; else they are columns.
    private var picks: Bool { survey.isObservations || survey.isLog }

    /// The signal that says whether a machine works: of an agent its execution, of a log what has the words of one.
    private var execution: SourceSurvey.Signal? {
        let states = survey.signals.filter { $0.look == .state }
        if survey.isObservations { return states.first { $0.selector["type"] == "EXECUTION" } }
        if !survey.isLog { return states.first }
        return states.first { Self.standardWords.isSuperset(of: $0.words) } ?? states.first
    }

    /// All files.
    func files(site: String, zone: Zone, today: CivilDate) -> [SiteDraft.File] {
        let since = survey.first.map { zone.local($0).date } ?? today
        var draft = SiteDraft(site: site, zone: zone, liveSince: since, connectors: connector)
        let hasOrder = signal(.order) != nil
        draft.inOrderBy = hasOrder ? "order" : "equipment"
        var files = [draft.siteFile] + draft.surroundings
        if counts {
            files.append(countsFile)
            files.append(draft.confirmation(hasOrder: hasOrder, hasOperation: signal(.operation) != nil))
        }
        if hasStates { files.append(stopsFile) }
        return files
    }

    // MARK: the connector

    private var connector: String {
        switch settings {
        case .agent(let agent):
            guard case .agent(let url) = agent.source else { return "" }
            return """
                  \(name):
                    mtconnect: {url: \(YAMLText.quoted(url)), start: oldest}    # or now: nothing that the buffer holds
                """
        case .files(let files): return files.format.text(name, path: files.path)
        }
    }

    // MARK: counts

    private var countsFile: SiteDraft.File {
        let isKnown = signal(.ticket)
        let same =
            counted.contains { $0.look == .amount } ? isKnown.map { "same-when: [\(YAMLText.scalar($0.name))]\n" } : nil
        return SiteDraft.File(
            path: "mappings/\(name)-counts.yaml",
            text: """
                # mappings/\(name)-counts.yaml: a start, made from what \(name) holds; look through every line
                \(found)
                mapping: \(name)-counts
                \(from(counting))to: {fact: production-count}
                \(same ?? "")fields:
                \(fields(counting: true))
                """)
    }

    /// What was found, as a comment.
    private var found: String {
        var lines = ["# \(survey.readings) readings were looked at; the last value of each signal:"]
        let shown = survey.signals.filter {
            $0.look != .empty && !(picks && ($0.look == .number || $0.look == .text))
        }
        let width = min(40, shown.map(\.name.count).max() ?? 0)
        for signal in shown {
            let name = signal.name + String(repeating: " ", count: max(0, width - signal.name.count))
            let last = signal.last.unicodeScalars.prefix(40).filter { $0.value >= 0x20 }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: last)
            lines.append("#   \(name)  \(signal.look.rawValue): \(String(text))")
        }
        return lines.joined(separator: "\n")
    }

    /// The signals of an agent or a log that count.
    private var counting: [(String, SourceSurvey.Signal)] {
        var picked = counted.map { ($0.quantity == .good ? "parts" : $0.quantity.rawValue, $0) }
        for (name, look) in [("order", SourceSurvey.Look.order), ("step", .operation), ("article", .material)] {
            if let signal = signal(look) { picked.append((name, signal)) }
        }
        return picked
    }

    private func from(_ signals: [(String, SourceSurvey.Signal)]) -> String {
        if !picks { return "from: {connector: \(name)}\n" }
        var text = "from:\n  connector: \(name)\n  signals:\n"
        for (short, signal) in signals {
            let selector = ["name", "type", "subType", "key"].compactMap { key in
                signal.selector[key].map { "\(key): \(YAMLText.scalar($0))" }
            }
            text += "    \(short): {\(selector.joined(separator: ", "))}\n"
        }
        return text
    }

    /// How a signal is called in the mapping: its column, or its short name.
    private func path(_ signal: SourceSurvey.Signal, _ short: String) -> String {
        YAMLText.scalar(picks ? short : signal.name)
    }

    private func fields(counting: Bool) -> String {
        var lines: [String] = []
        if survey.isObservations {
            lines += ["  equipment: device", "  time:      time"]
        } else {
            let equipment = signal(.equipment).map { YAMLText.scalar($0.name) }
            lines.append(
                "  equipment: "
                    + (equipment
                        ?? "{value: \(name.uppercased())}    # \(survey.isLog ? "no row" : "no column") names it"))
            lines.append("  time:      " + time)
        }
        let order = signal(.order).map {
            "{from: \(path($0, "order")), type: string\(counting ? "" : ", missing: none")}"
        }
        lines.append("  order:     " + (order ?? "{value: none}                # none was found"))
        if counting {
            lines.append(
                "  operation: "
                    + (signal(.operation).map { path($0, "step") } ?? "{value: none}                # none was found"))
            if let material = signal(.material) { lines.append("  material:  " + path(material, "article")) }
            lines += counted.map(field)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var time: String {
        guard let time = signal(.time) else {
            return "time                          # no column looks like one: say which"
        }
        let column =
            time.timeOfDay.map { "[\(YAMLText.scalar(time.name)), \(YAMLText.scalar($0))]" }
            ?? YAMLText.scalar(time.name)
        let pattern = time.pattern.map { ", format: \(YAMLText.quoted($0))" } ?? ""
        if time.pattern == "unix" || time.pattern == "unix-ms" { return "{from: \(column), type: time\(pattern)}" }
        if time.pattern == nil, Instant(iso8601: time.last) != nil {
            return column == "time" ? "time" : "{from: \(column), type: time}"
        }
        return "{from: \(column), type: time\(pattern), zone: site, doubled-hour: by-order}"
    }

    private func field(_ signal: SourceSurvey.Signal) -> String {
        let head = "  \(signal.quantity.rawValue):" + String(repeating: " ", count: 9 - signal.quantity.rawValue.count)
        let column = path(signal, signal.quantity == .good ? "parts" : signal.quantity.rawValue)
        if signal.look == .amount {
            return head + " {increment: \(column)\(signal.usesComma ? ", decimal-comma: true" : "")}"
                + "    # what this row alone reports; of a number that goes on rising say {counter: \(column), …}"
        }
        let modulus = signal.modulus.map { "modulus: \($0), " } ?? ""
        let comma = signal.usesComma ? "decimal-comma: true, " : ""
        let note = signal.note.isEmpty ? "" : "  # \(signal.note)\n"
        return note + head
            + " {counter: \(column), \(comma)\(modulus)reset: evidence, first: baseline}    # say max-rate: the most it can make"
    }

    // MARK: stops

    private var stopsFile: SiteDraft.File {
        let state = execution
        let short = "execution"
        let column = state.map { picks ? short : $0.name } ?? short
        let words = state?.words ?? []
        let isStandard = survey.isObservations || survey.isLog && Self.standardWords.isSuperset(of: words)
        var lines: [String] = []
        for word in isStandard ? [] : words.sorted() {
            let class_ = Self.class(of: word)
            let literal = word.contains("\"") ? nil : word
            guard let literal else { continue }
            lines.append("  - {when: \(YAMLText.condition("\(Self.bare(column)) = \"\(literal)\"")), class: \(class_)}")
        }
        if isStandard { lines = Self.standardStates }
        return SiteDraft.File(
            path: "mappings/\(name)-stops.yaml",
            text: """
                # mappings/\(name)-stops.yaml: a start, made from the states that \(name) has been in; say what each of them means
                mapping: \(name)-stops
                \(from(stopping))to: {fact: downtime}
                fields:
                \(fields(counting: false))states:                                       # from the top, the first that holds
                \(lines.joined(separator: "\n"))
                  - {otherwise: true, class: unknown}
                shape: {ignore-shorter: 2 s, join-gap: 5 s, micro-stop: 2 min}
                split-at: [shift]

                """)
    }

    /// The words of the standard for EXECUTION (MTConnect part 2), with what they usually mean.
    private static let standardMeanings = [
        ("producing", ["ACTIVE"]), ("idle", ["READY", "PROGRAM_COMPLETED"]),
        ("unplanned-down", ["INTERRUPTED", "FEED_HOLD", "STOPPED", "OPTIONAL_STOP", "PROGRAM_STOPPED", "WAIT"]),
    ]
    private static let standardWords = Set(standardMeanings.flatMap(\.1))
    private static let standardStates = standardMeanings.map { meaning, words in
        "  - {when: 'execution in [\(words.map { "\"\($0)\"" }.joined(separator: ", "))]', class: \(meaning)}"
    }

    private var stopping: [(String, SourceSurvey.Signal)] {
        var picked: [(String, SourceSurvey.Signal)] = []
        if let execution { picked.append(("execution", execution)) }
        if let order = signal(.order) { picked.append(("order", order)) }
        return picked
    }

    /// A name in a condition, in backticks where it is more than a word.
    private static func bare(_ name: String) -> String {
        name.utf8.allSatisfy { $0 == 0x5F || ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A } ? name : "`\(name)`"
    }

    /// What a word for a state usually means; unknown where it may mean anything.
    private static func `class`(of word: String) -> String {
        let lower = word.lowercased()
        let meanings: [(String, [String])] = [
            ("producing", ["active", "run", "producing", "production", "läuft", "laeuft", "auto"]),
            ("setup", ["setup", "rüst", "ruest", "teardown"]),
            ("idle", ["idle", "ready", "bereit", "program_completed", "wait"]),
            (
                "unplanned-down",
                ["stop", "fault", "alarm", "error", "down", "stör", "stoer", "interrupted", "hold", "steht"]
            ),
        ]
        return meanings.first { $0.1.contains { lower.hasPrefix($0) || lower.hasSuffix($0) } }?.0 ?? "unknown"
    }
}

extension FileDropSettings.Format {
    /// The connector as the site's file writes it.
    fileprivate func text(_ name: String, path: String) -> String {
        let place = "path: \(YAMLText.quoted(path))"
        switch self {
        case .ndjson: return "  \(name):\n    ndjson: {\(place), after: leave}"
        case .json(let records):
            let list = records.map { ", records: \(YAMLText.scalar($0))" } ?? ""
            return "  \(name):\n    json: {\(place)\(list), after: leave}"
        case .streams: return "  \(name):\n    mtconnect: {files: \(YAMLText.quoted(path))}"
        case .csv(let csv):
            var more = ""
            if csv.dialect.delimiter != 0x2C {
                let mark = String(decoding: [csv.dialect.delimiter], as: UTF8.self)
                more += ", delimiter: \(YAMLText.quoted(mark))"
            }
            if csv.dialect.quote == nil { more += ", quote: \"\"" }
            if csv.encoding != .utf8 { more += ", encoding: \(csv.encoding.rawValue)" }
            if case .positions(let columns) = csv.columns {
                let pairs = columns.sorted { $0.value < $1.value }.map { "\($0.key): \($0.value)" }
                more += ", positions: {\(pairs.joined(separator: ", "))}"
            }
            return
                "  \(name):                              # '*' in the path stands for what changes from file to file\n"
                + "    csv: {\(place)\(more), after: leave}"
        }
    }
}
