#if Web
import MillraceSandbox
import MillraceValues
import Testing

@Suite("Faults on demand")
struct FaultsTests {
    private static let body = #"{"OrderID": "1", "Yield": 40}"#

    @Test(arguments: ["close", "reset"])
    func `T7: a lost answer was booked, and its repeat is a duplicate`(_ cutBy: String) async throws {
        try await sandbox { erp in
            _ = try await erp.ask("POST", "/_sandbox/faults", #"{"lost": 1, "cutBy": "\#(cutBy)"}"#)
            let lost = try await erp.send("POST", "/confirmations", Self.body, key: "k")
            _ = try await erp.ask("POST", "/_sandbox/faults", #"{"lost": 0}"#)
            let again = try await erp.ask("POST", "/confirmations", Self.body, key: "k")
            let report = try await erp.report()

            #expect(lost == nil)
            #expect(try again.json["status"] == "duplicate")
            #expect(report["bookings"]?.array?.first?["good"] == 40)
            #expect(report["faults"]?["lost"] == 1)
        }
    }

    @Test func `T7: a request cut before it was executed is not booked`() async throws {
        try await sandbox { erp in
            _ = try await erp.ask("POST", "/_sandbox/faults", #"{"cut": 1}"#)
            let lost = try await erp.send("POST", "/confirmations", Self.body, key: "k")
            let report = try await erp.report()

            #expect(lost == nil)
            #expect(report["bookings"] == [])
            #expect(report["faults"]?["cut"] == 1)
            #expect(report["keysSeenTwice"] == 0)
        }
    }

    @Test(arguments: [("unavailable", 503, "unavailable"), ("throttle", 429, "throttled")])
    func `T9: a request that is put off says when to come again and is not booked`(
        _ share: String, _ status: Int, _ name: String
    ) async throws {
        try await sandbox { erp in
            _ = try await erp.ask("POST", "/_sandbox/faults", #"{"\#(share)": 1, "retryAfterSeconds": 7}"#)
            let answer = try await erp.ask("POST", "/confirmations", Self.body, key: "k")
            let report = try await erp.report()

            #expect(answer.status == status)
            #expect(answer.headers["retry-after"] == "7")
            #expect(report["bookings"] == [])
            #expect(report["faults"]?[name] == 1)
        }
    }

    @Test func `a rule refuses one order and no other`() async throws {
        try await sandbox { erp in
            let rule = #"{"refuse": [{"field": "OrderID", "equals": "1", "code": "closed"}]}"#
            _ = try await erp.ask("POST", "/_sandbox/faults", rule)
            let refused = try await erp.ask("POST", "/confirmations", Self.body)
            let taken = try await erp.ask("POST", "/confirmations", #"{"OrderID": "2", "Yield": 1}"#)

            #expect([refused, taken].map(\.status) == [422, 201])
            #expect(try refused.json["code"] == "closed")
            #expect(try await erp.report()["faults"]?["refused"] == 1)
        }
    }

    @Test func `a refused login executes nothing`() async throws {
        try await sandbox { erp in
            _ = try await erp.ask("POST", "/_sandbox/faults", #"{"loginRefused": true}"#)
            let answer = try await erp.ask("POST", "/confirmations", Self.body)

            #expect(answer.status == 401)
            #expect(try await erp.report()["faults"]?["login-refused"] == 1)
        }
    }

    @Test(arguments: [
        (#"{"lost": 2}"#, "sandbox setting 'lost' must be a share from 0 to 1"),
        (#"{"lost": 0.6, "cut": 0.6}"#, "sandbox setting 'faults' has shares that sum to more than 1"),
        (#"{"lots": 1}"#, "sandbox setting 'lots' is unknown"),
        (#"{"lost": 1, "cutBy": "axe"}"#, "sandbox setting 'cutBy' must be close, reset or silence"),
    ])
    func `wrong faults are refused with a sentence and change nothing`(_ faults: String, _ sentence: String)
        async throws
    {
        try await sandbox { erp in
            let answer = try await erp.ask("POST", "/_sandbox/faults", faults)

            #expect(answer.status == 400)
            #expect(try answer.json["message"] == .string(sentence))
            #expect(try await erp.ask("POST", "/confirmations", Self.body).status == 201)
        }
    }

    @Test func `a slow answer is held back after it was booked`() async throws {
        let clock = HurriedClock()
        try await sandbox(clock: clock) { erp in
            _ = try await erp.ask("POST", "/_sandbox/faults", #"{"slowMilliseconds": 250}"#)
            let answer = try await erp.ask("POST", "/confirmations", Self.body)

            #expect(answer.status == 201)
            #expect(try await erp.report()["faults"]?["slow"] == 1)
        }
        #expect(clock.now.offset == .milliseconds(250))
    }

    @Test func `T10: answers can drip, never end, or have a huge header`() async throws {
        let clock = HurriedClock()
        try await sandbox(clock: clock) { erp in
            _ = try await erp.ask("POST", "/_sandbox/faults", #"{"answer": "drip"}"#)
            let dripped = try await erp.ask("POST", "/confirmations", Self.body)
            _ = try await erp.ask("POST", "/_sandbox/faults", #"{"answer": "endless"}"#)
            let endless = try await erp.ask("POST", "/confirmations", Self.body)
            _ = try await erp.ask("POST", "/_sandbox/faults", #"{"answer": "huge-header"}"#)
            let huge = try await erp.ask("POST", "/confirmations", Self.body)

            #expect(try dripped.json["id"] == "1")
            #expect(clock.now.offset == .seconds(dripped.body.count))
            #expect(endless.body.count > 4_000_000)
            #expect(huge.headers.values.contains { $0.count == 1 << 20 })
        }
    }

    @Test func `the same seed gives the same faults, another seed others`() async throws {
        func statuses(_ seed: UInt64) async throws -> [Int] {
            let collected = Collected()
            var faults = Faults()
            faults.unavailable = 0.5
            try await sandbox(seed: seed, faults: faults) { erp in
                for number in 0..<40 {
                    await collected.add(
                        try await erp.ask("POST", "/confirmations", Self.body, key: "k\(number)").status)
                }
            }
            return await collected.numbers
        }
        let first = try await statuses(1)

        #expect(Set(first) == [201, 503])
        #expect(try await statuses(1) == first)
        #expect(try await statuses(2) != first)
    }
}

/// Numbers gathered in a closure that is Sendable.
private actor Collected {
    private(set) var numbers: [Int] = []
    func add(_ number: Int) { numbers.append(number) }
}
#endif
