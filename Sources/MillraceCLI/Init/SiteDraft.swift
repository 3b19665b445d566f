import MillraceValues

/// A new site's files: small, commented, and running at once against the sandbox.
struct SiteDraft {
    /// A file of the site.
    struct File {
        /// Its path in the site.
        var path: String
        /// What stands in it.
        var text: String
        /// Whether others must not read it.
        var isSecret = false
    }

    /// The site's name, part of every key.
    let site: String
    /// Its zone.
    let zone: Zone
    /// Nothing before this day is booked.
    let liveSince: CivilDate
    /// What stands under `connectors`, indented by two.
    let connectors: String
    /// The address of the sandbox.
    static let sandbox = "http://127.0.0.1:8480"

    /// millrace.yaml.
    var siteFile: File {
        File(
            path: "millrace.yaml",
            text: """
                # millrace.yaml: made by 'millrace init'; every line is yours to change, 'millrace check' says what does not fit
                site:
                  id: \(YAMLText.scalar(site))\(pad(site))# part of every document's key: choose it once
                  zone: \(zone.name)
                  live-since: \(liveSince)T00:00              # nothing before this instant is ever booked
                  day-start: "06:00"                        # cuts time that lies in no shift
                store: {sqlite: state/millrace.db}
                calendar:
                  shifts:
                    - {name: early, days: mon-sun, from: "06:00", to: "14:00"}
                    - {name: late,  days: mon-sun, from: "14:00", to: "22:00"}
                    - {name: night, days: mon-sun, from: "22:00", to: "06:00"}
                connectors:
                \(connectors)
                endpoints:
                  erp:                                      # the sandbox: 'millrace sandbox'; then your ERP's address
                    http:
                      url: \(Self.sandbox)
                      auth: {bearer: {token: "${file:secrets/erp.key}"}}
                    requests:
                      confirm:                              # adds to what is booked
                        post: /confirmations
                        quantity: delta
                        correct: signed
                        in-order-by: \(inOrderBy)
                        once-by: {header: Idempotency-Key, remembered: 24 h}
                        capture: {receipt: id}
                        lookup: {get: "/confirmations?external={key}", there: count > 0, receipt: items.id}

                """)
    }

    /// What the documents of one are kept in order by.
    var inOrderBy = "order"

    private func pad(_ text: String) -> String {
        String(repeating: " ", count: max(1, 38 - YAMLText.scalar(text).count))
    }

    /// What every site has beside its mappings.
    var surroundings: [File] {
        [
            File(path: "secrets/erp.key", text: "the-sandbox-asks-for-none\n", isSecret: true),
            File(path: ".gitignore", text: "state/\nsecrets/\nsandbox.db*\n"),
        ]
    }

    /// One confirmation per equipment and shift; `order` and `operation` are left out where the source has none.
    func confirmation(hasOrder: Bool, hasOperation: Bool) -> File {
        let per = [hasOrder ? "order" : nil, hasOperation ? "operation" : nil, "equipment"].compactMap { $0 }
        let order = hasOrder ? "  order:        {from: order, type: string}\n" : ""
        let operation = hasOperation ? "  operation:    operation\n" : ""
        let given = (hasOrder ? "order: \"4711\", " : "") + (hasOperation ? "operation: \"0010\", " : "")
        return File(
            path: "mappings/confirmation.yaml",
            text: """
                # mappings/confirmation.yaml: one confirmation per \(per.joined(separator: ", ")) and shift; rename the fields as your ERP names them
                mapping: confirmation
                from:
                  fact: production-count
                  per: [\(per.joined(separator: ", "))]
                  window: shift                             # or day, or {every: 15 min}
                  close: {settle: 5 min, at-latest: 24 h}
                to: {endpoint: erp, request: confirm}
                fields:
                \(order)\(operation)  equipment:    equipment
                  shift:        shift
                  posting-date: production-day
                  good:         {from: good,  type: decimal, digits: 13, scale: 3, round: refuse}
                  scrap:        {from: scrap, type: decimal, digits: 13, scale: 3, round: refuse}
                  unit:         {value: EA}
                  key:          key
                skip-when: good = 0 and scrap = 0
                tests:
                  - name: a shift
                    given: {\(given)equipment: M1, shift: early, production-day: 2026-03-02, good: 40, scrap: 1}
                    expect: {equipment: M1, shift: early, posting-date: 2026-03-02, good: 40.000, scrap: 1.000}

                """)
    }
}

extension SiteDraft {
    /// The first look: a file of counts that is there already, read by a small mapping.
    static func sample(site: String, zone: Zone, today: CivilDate) -> [File] {
        let day = today.adding(days: -1)
        let draft = SiteDraft(
            site: site, zone: zone, liveSince: day,
            connectors: """
                  counts:                                   # files that a machine or terminal drops
                    csv: {path: drop/*.csv, append-only: true, after: leave}
                """)
        let counts = File(
            path: "mappings/counts.yaml",
            text: """
                # mappings/counts.yaml: each row of drop/*.csv tells how many pieces a machine made
                mapping: counts
                from: {connector: counts}
                to: {fact: production-count}
                fields:
                  equipment: machine
                  time:      {from: time, type: time, format: "yyyy-MM-dd HH:mm:ss", zone: site, doubled-hour: by-order}
                  order:     {from: order, type: string}
                  operation: {value: "0010"}
                  good:      {increment: good}
                  scrap:     {increment: scrap}
                tests:
                  - name: a row
                    given: [{machine: M1, time: 2026-03-02 06:10:00, order: "4711", good: 12, scrap: 1}]
                    expect: [{equipment: M1, order: "4711", operation: "0010", good: 12, scrap: 1}]

                """)
        return [draft.siteFile, counts, draft.confirmation(hasOrder: true, hasOperation: true), rows(of: day)]
            + draft.surroundings
    }

    /// A day of two machines and two orders: 17 rows, 198 good and 8 scrap.
    private static func rows(of day: CivilDate) -> File {
        var text = "time,machine,order,good,scrap\n"
        for hour in 6..<14 {
            text += "\(day) \(hour < 10 ? "0" : "")\(hour):10:00,M1,4711,\(hour + 4),\(hour % 2)\n"
            text += "\(day) \(hour < 10 ? "0" : "")\(hour):40:00,M2,4712,10,\(hour % 4 == 0 ? 2 : 0)\n"
        }
        return File(path: "drop/sample.csv", text: text + "\(day) 14:15:00,M1,4711,6,0\n")
    }
}

/// Texts as YAML takes them.
enum YAMLText {
    /// A scalar: bare where nothing in it means something to YAML or to a mapping.
    static func scalar(_ text: String) -> String {
        let isPlain =
            text.first.map { $0.isASCII && $0.isLetter } ?? false
            && text.utf8.allSatisfy {
                ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x61 && $0 <= 0x7A) || $0 == 0x2D
                    || $0 == 0x5F
            }
        return isPlain ? text : quoted(text)
    }

    /// In double quotes.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\t": result += "\\t"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// In single quotes, for conditions, which hold double ones.
    static func condition(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }
}
