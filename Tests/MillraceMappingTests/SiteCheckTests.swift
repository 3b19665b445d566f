import MillraceCore
import MillraceMapping
import MillraceTesting
import MillraceValues
import MillraceYAML
import Testing

@Suite("Site files")
struct SiteFileTests {
    static let site = """
        site: {id: P01, zone: Europe/Berlin, live-since: 2026-03-02T06:00, day-start: "06:00"}
        store: {sqlite: state/millrace.db}
        readings: {keep: 90 d, at-most: 20 GB}
        limits: {lateness: 48 h, ahead: 5 min, silence: 15 min, disk-reserve: 256 MB}
        calendar:
          shifts:
            - {name: early, days: mon-fri, from: "06:00", to: "14:00"}
            - {name: night, days: sun-thu, from: "22:00", to: "06:00"}
        connectors:
          press-line: {mtconnect: {url: "http://agent:5000/"}}
          packing: {csv: {path: drop/*.csv}}
        endpoints:
          erp:
            deliver: off
            http:
              url: "https://${env:ERP_HOST}/api"
              auth: {bearer: {token: "${file:secrets/erp.key}"}}
              headers: {X-Plant: P01}
              tls: {ca: certs/ca.pem}
              timeout: {total: 20 s, connect: 5 s}
              limit: {concurrency: 3, per-second: 20}
            requests:
              confirm: {post: /confirmations, correct: signed, in-order-by: order, key-limit: 64, once-by: {header: Idempotency-Key, remembered: 24 h}}
              progress:
                put: /orders/{order}/output
                quantity: absolute
                total-over: [order]
                opening: read
                read: {get: "/orders/{order}/output", figure: quantity}
                once-by: absolute
          partner:
            file: {folder: out, name: "{key}.json"}
            requests: {event: {correct: by-hand}}
        """

    private func faults(_ text: String) -> [String] {
        SiteFile.parse(text: text, file: "plant/millrace.yaml", connectorKinds: ["csv", "mtconnect"]).diagnostics.map {
            "\($0.line):\($0.column) \($0.code.rawValue) \($0.sentence)"
        }
    }

    /// The site with a request of these lines instead of `confirm`.
    private func requesting(_ lines: String) -> String {
        let line = Self.site.split(separator: "\n").first { $0.contains("confirm:") } ?? ""
        return Self.site.replacing(
            line, with: "      confirm:\n        " + lines.split(separator: "\n").joined(separator: "\n        "))
    }

    @Test func `a request asks with calculated values, bodies and numbers of the endpoint's own`() throws {
        let text = requesting(
            """
            put: "/moves/{move}"
            resolve:
              move: {let: {domain: '$base64encode(order)'}, get: "/moves?d={domain}", value: id}
            read: {get: "/moves/{move}", figure: {expr: 'dated ? amount : 0'}}
            lookup: {post: /rpc/, body: '{"find": key, "at": $move}', there: result.count > 0, not-there: result.count = 0}
            """)

        let parsed = SiteFile.parse(text: text, file: "plant/millrace.yaml")

        #expect(parsed.diagnostics.map(\.description) == [])
        let confirm = try #require(parsed.definition?.endpoint("erp")?.request("confirm"))
        let move = try #require(confirm.resolve.first)
        #expect(try move.question.lets.first?.value(ValueObject(["order": "4711"])) == "NDcxMQ==")
        #expect(
            try confirm.lookup?.question.body?.value(ValueObject(["key": "k/r1", "$move": "17"]))
                == ["find": "k/r1", "at": "17"])
        #expect(confirm.lookup?.question.body?.values == ["move"])
        guard case .expression(let figure)? = confirm.read?.figure else {
            Issue.record("the figure is no expression")
            return
        }
        #expect(try figure.value(ofAnswer: ["dated": true, "amount": 40]) == 40)
        #expect(try figure.value(ofAnswer: ["amount": 100]) == 0)
        #expect(confirm.lookup?.notThere?.holds(on: ["result": []]) == true)
        #expect(confirm.lookup?.notThere?.holds(on: ["error": ["UserError"]]) == false)
    }

    @Test(arguments: [
        (#"put: "/moves/{mov}""#, "there is no field '{mov}' for a path"),
        (
            #"resolve: {order: {get: /x, value: id}}"#,
            "'order' is a field of every document; give what is asked for another name"
        ),
        (#"lookup: {post: /rpc/, body: key, there: count > 0}"#, "a look-up by 'post' needs 'not-there'"),
        (#"lookup: {get: /x, body: key, there: count > 0}"#, "'post' and 'body' belong together, 'get' has none"),
        (
            #"lookup: {let: {d: ordr}, get: "/x?{d}", there: count > 0}"#,
            "there is no field of a document 'ordr'; did you mean 'order'?"
        ),
        (
            #"lookup: {let: {d: $mr_local(key)}, get: "/x?{d}", there: count > 0}"#,
            "'$mr_local' belongs to mapping files"
        ),
        (#"lookup: {let: {d: $e}, get: "/x?{d}", there: count > 0}"#, "there is no value '$e'"),
    ])
    func `a question that cannot be asked is named`(line: String, sentence: String) {
        let said = faults(requesting((line.hasPrefix("put") ? "" : "post: /c\n") + line))
        #expect(said.contains { $0.contains(sentence) }, "\(said)")
    }

    @Test func `a site becomes nouns, paths resolved beside the file`() throws {
        let parsed = SiteFile.parse(text: Self.site, file: "plant/millrace.yaml")

        #expect(parsed.diagnostics.map(\.description) == [])
        let site = try #require(parsed.definition)
        #expect(site.store == "plant/state/millrace.db")
        #expect(site.readings.atMostBytes == 20_000_000_000)
        #expect(site.limits.slice == .seconds(60))
        #expect(site.calendar.dayStart == TimeOfDay(hour: 6, minute: 0))
        #expect(site.calendar.shifts.map(\.days.count) == [5, 5])
        let erp = try #require(site.endpoint("erp"))
        #expect(!erp.contract.delivers)
        #expect(erp.contract.concurrency == 3)
        guard case .http(let http) = erp.kind else { return }
        #expect(http.url.resolved { _ in "erp.example" } == "https://erp.example/api")
        #expect(http.auth == .bearer(ReferencedText(pieces: [.reference(.file("plant/secrets/erp.key"))])))
        #expect(http.tls.ca == "plant/certs/ca.pem")
        #expect(http.timeouts.total == .seconds(20))
        let confirm = try #require(erp.request("confirm"))
        #expect(confirm.contract.onceBy == .header(name: "Idempotency-Key", remembered: .seconds(86_400)))
        #expect(confirm.contract.keyLimit == 64)
        #expect(confirm.call?.method == "POST")
        let progress = try #require(erp.request("progress"))
        guard case .absolute(let over, let opening) = progress.contract.quantity else { return }
        #expect(over == [.order] && opening == .read)
        #expect(progress.call?.path.filled(ValueObject(["order": "A/1"])) == "/orders/A%2F1/output")
        #expect(progress.call?.path.missing(in: ValueObject(["key": "k"])) == "order")
    }

    @Test(
        arguments: [
            (
                "\"${file:secrets/erp.key}\"", "abc123",
                "17:30 MR018 'token' stands here for all to read; write ${env:NAME} or ${file:path} and keep it there"
            ),
            ("csv: {path", "cvs: {path", "11:13 MR013 there is no kind of connector 'cvs'; did you mean 'csv'?"),
            (
                "zone: Europe/Berlin", "zone: Europe/Berlim",
                "1:23 MR019 there is no time zone 'Europe/Berlim' in /usr/share/zoneinfo; write it as the IANA list does, such as Europe/Berlin"
            ),
            (
                "to: \"14:00\"", "to: \"23:00\"",
                "5:1 MR024 the shifts 'early' and 'night' overlap on mon; end the one before the other begins"
            ),
            ("opening: read", "opening: 1", "28:18 MR007 'opening' is one of 0, ask, read, not '1'; did you mean '0'?"),
            (
                "  put: /orders/{order}", "  put: /orders/{ordr}",
                "25:14 MR013 there is no field '{ordr}' for a path; did you mean 'order'?"
            ),
            (
                "keep: 90 d", "keep: 90 days",
                "3:18 MR008 '90 days' is no length of time; write a number and one of ms, s, min, h, d, such as 15 min"
            ),
            ("at-most: 20 GB", "at-mots: 20 GB", "3:24 MR004 'readings' has no key 'at-mots'; did you mean 'at-most'?"),
            ("correct: by-hand", "correct: reverse", "33:24 MR006"),
        ])
    func `a fault has its place and sentence`(from: String, to: String, expected: String) {
        let found = faults(Self.site.replacing(from, with: to))

        if expected.hasSuffix("MR006") {
            #expect(found == [], "a folder has no call for a correction")
        } else {
            #expect(found == [expected])
        }
    }
}

@Suite("Checks over all files")
struct SiteCheckTests {
    private static let counts = AgentReadingTests.press
    private static let confirm = DocumentMappingTests.confirmation

    private func check(_ mappings: [String]) throws -> [String] {
        let files = mappings.enumerated().map { Site.File(path: "mappings/\($0.offset + 1).yaml", text: $0.element) }
        let site = Site.File(path: "millrace.yaml", text: SiteFileTests.site)
        return Site.check(site: site, mappings: files, tables: try TestSite().source).diagnostics.map {
            "\($0.file):\($0.line):\($0.column) \($0.code.rawValue) \($0.sentence)"
        }
    }

    @Test func `a sound site has no faults`() throws {
        #expect(try check([Self.counts, RowReadingTests.packing, Self.confirm]) == [])
    }

    @Test func `names are unique, and connectors, endpoints and requests exist`() throws {
        let found = try check([
            Self.counts.replacing("press-line", with: "pres-line"),
            Self.confirm.replacing("request: confirm", with: "request: confrm"),
            Self.confirm.replacing("endpoint: erp", with: "endpoint: epr"),
        ])

        #expect(
            found == [
                "mappings/1.yaml:3:14 MR013 there is no connector 'pres-line'; did you mean 'press-line'?",
                "mappings/2.yaml:8:30 MR013 endpoint 'erp' has no request 'confrm'; did you mean 'confirm'?",
                "mappings/3.yaml:1:10 MR020 a mapping 'confirmation' stands in mappings/2.yaml:1 already; names are unique over all files",
                "mappings/3.yaml:8:16 MR013 there is no endpoint 'epr'; did you mean 'erp'?",
            ])
    }

    @Test func `R14: two document mappings do not claim the same facts`() throws {
        let second = Self.confirm.replacing("mapping: confirmation", with: "mapping: again")
        let parted = second.replacing(#"operation = "0010""#, with: #"operation = "0020""#)

        #expect(try check([Self.confirm, parted]) == [])
        #expect(
            try check([Self.confirm, second]) == [
                "mappings/2.yaml:1:10 MR021 'confirmation' claims the same facts for erp/confirm; part them by 'where'"
            ])
    }

    @Test func `R16: total-over equals per`() throws {
        let progress = """
            mapping: progress
            from: {fact: production-count, per: [order, operation], window: {every: 15 min}}
            to: {endpoint: erp, request: progress}
            fields: {quantity: {from: good, type: decimal, scale: 3}}
            """

        #expect(
            try check([Self.counts, progress]) == [
                "mappings/2.yaml:2:38 MR022 'per' has to equal 'total-over: [order]' of request 'erp/progress'"
            ])
        #expect(try check([Self.counts, progress.replacing("[order, operation]", with: "[order]")]) == [])
    }

    @Test func `R10: a per field that a feeding mapping never sets is an error`() throws {
        let without = Self.counts.replacing("operation: job.operation", with: "operation: {value: none}")

        #expect(
            try check([without, Self.confirm]) == [
                "mappings/2.yaml:5:16 MR023 the mapping 'press' never sets 'operation'; leave it out of 'per', or part the facts by 'where'"
            ])
    }

    @Test func `R9: two mappings do not count the same signal`() throws {
        let second = Self.counts.replacing("mapping: press", with: "mapping: again")

        #expect(
            try check([Self.counts, second]) == [
                "mappings/2.yaml:1:10 MR026 'press' counts good of device from press-line by subType=GOOD,type=PART_COUNT too, and one source counts each quantity; leave it to one mapping, or let each take rows of its own by 'from.signals'"
            ])
    }

    private static func weighed(_ name: String, operation: String = "order", _ scrap: String) -> String {
        """
        mapping: \(name)
        from: {connector: packing}
        to: {fact: production-count}
        same-when: [ticket]
        where: kind = "\(name)"
        fields:
          equipment: machine
          time: {from: at, type: time}
          order: order
          operation: \(operation)
          scrap: {increment: weight\(scrap)}
        """
    }

    private static func summed(per: String, where condition: String = "") -> String {
        """
        mapping: scrapped
        from: {fact: production-count, \(condition)per: [\(per)], window: day}
        to: {endpoint: erp, request: confirm}
        fields: {order: order, scrap: scrap, key: key}
        """
    }

    @Test func `what is added up is in one unit`() throws {
        let grams = Self.weighed("a", ", unit: {from: kg, to: g}")
        let sentence =
            "'scrap' is counted in kg here and in g at mappings/1.yaml:11, and 'scrapped' adds both up; turn one into the "
            + "other by unit: {from: …, to: …}, or part them by 'where: mapping = …'"

        #expect(
            try check([grams, Self.weighed("b", ", unit: kg"), Self.summed(per: "order")]) == [
                "mappings/2.yaml:11:36 MR062 \(sentence)"
            ])
        // Operations may part them, and nobody can say: a warning, as where one says no unit.
        let perhaps = sentence.replacing("adds both up;", with: "adds both up where they meet in one sum;")
        #expect(
            try check([grams, Self.weighed("b", ", unit: kg"), Self.summed(per: "order, operation")]) == [
                "mappings/2.yaml:11:36 MR062 \(perhaps)"
            ])
        #expect(try check([grams, Self.weighed("b", ""), Self.summed(per: "order")]).count == 1)
        // The same unit by another word, other operations, or a 'where' that parts them.
        #expect(try check([grams, Self.weighed("b", ", unit: GRM"), Self.summed(per: "order")]) == [])
        let parted = ["{value: \"10\"}", "{value: \"20\"}"]
        #expect(
            try check([
                Self.weighed("a", operation: parted[0], ", unit: g"),
                Self.weighed("b", operation: parted[1], ", unit: kg"), Self.summed(per: "order, operation"),
            ]) == [])
        #expect(
            try check([
                grams, Self.weighed("b", ", unit: kg"), Self.summed(per: "order", where: "where: mapping = \"a\", "),
            ]) == [])
    }
}
