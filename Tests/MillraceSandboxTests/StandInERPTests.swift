#if Web
import Foundation
import MillraceSandbox
import MillraceValues
import Testing

@Suite("Stand-in ERP")
struct StandInERPTests {
    private static let confirmation = """
        {"OrderID": "000000004711", "Operation": "0010", "WorkCenter": "WC-17", "Yield": {"value": 40.000, "unit": "EA"},
        "Scrap": 1.000, "Shift": "early", "PostingDate": "2026-03-02", "ExternalKey": "k1"}
        """

    @Test func `a confirmation is booked, and its repeat gets the same receipt and books nothing`() async throws {
        try await sandbox { erp in
            let first = try await erp.ask("POST", "/confirmations", Self.confirmation, key: "\"k1\"")
            let again = try await erp.ask("POST", "/confirmations", Self.confirmation, key: "k1")
            let report = try await erp.report()

            #expect(first.status == 201)
            #expect(again.status == 200)
            #expect(try again.json == ["status": "duplicate", "id": try first.json["id"] ?? nil])
            #expect(
                report["bookings"] == [
                    [
                        "order": "000000004711", "operation": "0010", "shift": "early", "postingDate": "2026-03-02",
                        "good": 40, "scrap": 1, "count": 1,
                    ]
                ])
            #expect(report["keysSeenTwice"] == 1)
            #expect(report["keysBookedTwice"] == 0)
            #expect(report["requests"] == 2)
        }
    }

    @Test func `the key in the body serves where no header has one`() async throws {
        try await sandbox { erp in
            _ = try await erp.ask("POST", "/confirmations", Self.confirmation)
            let again = try await erp.ask("POST", "/confirmations", Self.confirmation)

            #expect(try again.json["status"] == "duplicate")
        }
    }

    @Test func `without deduplication a repeat is booked again and reported`() async throws {
        try await sandbox { erp in
            _ = try await erp.ask("POST", "/_sandbox/faults", #"{"deduplicate": false}"#)
            _ = try await erp.ask("POST", "/confirmations", Self.confirmation)
            let again = try await erp.ask("POST", "/confirmations", Self.confirmation)
            let report = try await erp.report()

            #expect(again.status == 201)
            #expect(report["bookings"]?.array?.first?["good"] == 80)
            #expect(report["keysSeenTwice"] == 1)
            #expect(report["keysBookedTwice"] == 1)
        }
    }

    @Test func `a key that comes with another body is refused and counted`() async throws {
        try await sandbox { erp in
            _ = try await erp.ask("POST", "/confirmations", #"{"OrderID": "1", "Yield": 1}"#, key: "k")
            let other = try await erp.ask("POST", "/confirmations", #"{"OrderID": "1", "Yield": 2}"#, key: "k")
            let report = try await erp.report()

            #expect(other.status == 422)
            #expect(try other.json["code"] == "key-reused")
            #expect(report["keysReusedWithOtherBody"] == 1)
            #expect(report["bookings"]?.array?.first?["good"] == 1)
        }
    }

    @Test func `sums are exact, by order, operation, shift and posting date`() async throws {
        try await sandbox { erp in
            for (index, amount) in ["0.1", "0.2", "\"0.000000000000001\"", "{\"value\": 1e3}", "-0.3"].enumerated() {
                let body = #"{"OrderID": "1", "Operation": "10", "Yield": \#(amount), "Scrap": 0.1}"#
                #expect(try await erp.ask("POST", "/confirmations", body, key: "k\(index)").status == 201)
            }
            _ = try await erp.ask("POST", "/confirmations", #"{"OrderID": "1", "Operation": "20", "Yield": 7}"#)
            let text = try await erp.ask("GET", "/_sandbox/report?format=text").text

            #expect(text.contains("\nbooking;1;10;;;1000.000000000000001;0.5;5\nbooking;1;20;;;7;0;1\n"))
        }
    }

    @Test(arguments: [
        ("{", 400, "bad-json"), ("[1]", 400, "bad-json"), (#"{"Yield": "12,5"}"#, 422, "bad-amount"),
        (#"{"Yield": {"unit": "EA"}}"#, 422, "bad-amount"), (#"{"Scrap": 12345678901234567890123}"#, 422, "bad-amount"),
    ])
    func `a body that cannot be booked is refused and books nothing`(_ body: String, _ status: Int, _ code: String)
        async throws
    {
        try await sandbox { erp in
            let answer = try await erp.ask("POST", "/confirmations", body)

            #expect(answer.status == status)
            #expect(try answer.json["code"] == .string(code))
            #expect(try await erp.report()["bookings"] == [])
        }
    }

    @Test func `a cancellation takes the amounts back once`() async throws {
        try await sandbox { erp in
            _ = try await erp.ask("POST", "/confirmations", Self.confirmation)
            let cancelled = try await erp.ask("POST", "/confirmations/1/cancel", #"{"key": "c1"}"#)
            let repeated = try await erp.ask("POST", "/confirmations/1/cancel", #"{"key": "c1"}"#)
            let other = try await erp.ask("POST", "/confirmations/1/cancel", #"{"key": "c2"}"#)
            let unknown = try await erp.ask("POST", "/confirmations/9/cancel")
            let found = try await erp.ask("GET", "/confirmations?external=k1").json
            let report = try await erp.report()

            #expect([cancelled, repeated, other, unknown].map(\.status) == [201, 200, 409, 404])
            #expect(found == ["count": 1, "items": [["id": "1", "cancelled": true]]])
            #expect(report["bookings"]?.array?.first?["good"] == 0)
            #expect(report["bookings"]?.array?.first?["count"] == 2)
        }
    }

    @Test func `a look-up decodes the key once and finds nothing for a strange one`() async throws {
        try await sandbox { erp in
            _ = try await erp.ask("POST", "/confirmations", #"{"ExternalKey": "a/b%2Fc+d", "Yield": 1}"#)
            let found = try await erp.ask("GET", "/confirmations?external=a%2Fb%252Fc%2Bd").json
            let strange = try await erp.ask("GET", "/confirmations?external=x").json

            #expect(found["count"] == 1)
            #expect(strange == ["count": 0, "items": []])
        }
    }

    @Test func `an absolute figure replaces the one before`() async throws {
        try await sandbox { erp in
            let before = try await erp.ask("GET", "/orders/47%2F11/output").json
            _ = try await erp.ask("PUT", "/orders/47%2F11/output", #"{"quantity": 840.000, "as_of": "a"}"#, key: "k1")
            _ = try await erp.ask("PUT", "/orders/47%2F11/output", #"{"quantity": 900.5, "as_of": "b"}"#, key: "k2")
            let after = try await erp.ask("GET", "/orders/47%2F11/output").json
            let report = try await erp.report()

            #expect(before["quantity"] == 0)
            #expect(after["quantity"]?.decimal == ExactDecimal("900.5"))
            #expect(report["progress"]?.array?.count == 1)
            #expect(report["progress"]?.array?.first?["writes"] == 2)
            #expect(report["keysBookedTwice"] == 0)
        }
    }

    @Test func `a stoppage is unique by its ExternalID, and a replaced one is found by both`() async throws {
        try await sandbox { erp in
            let first = try await erp.ask("POST", "/stoppages", #"{"ExternalID": "s1", "Minutes": 10.00}"#)
            let again = try await erp.ask("POST", "/stoppages", #"{"ExternalID": "s1", "Minutes": 10.00}"#)
            let replaced = try await erp.ask("PUT", "/stoppages/1", #"{"ExternalID": "s2", "Minutes": 12}"#)
            let old = try await erp.ask("GET", "/stoppages?external=s1").json
            let new = try await erp.ask("GET", "/stoppages?external=s2").json
            let report = try await erp.report()

            #expect([first, again, replaced].map(\.status) == [201, 409, 200])
            #expect(try again.json["code"] == "duplicate")
            #expect(old == new)
            #expect(new["count"] == 1)
            #expect(report["stoppages"]?.array?.count == 1)
            #expect(report["stoppages"]?.array?.first?["Minutes"] == 12)
        }
    }

    @Test func `a request without the token is refused and executes nothing`() async throws {
        try await sandbox(token: "open") { erp in
            var stranger = erp
            stranger.token = "wrong"
            let refused = try await stranger.ask("POST", "/confirmations", Self.confirmation)
            let taken = try await erp.ask("POST", "/confirmations", Self.confirmation)

            #expect([refused, taken].map(\.status) == [401, 201])
        }
    }

    @Test func `the books outlive the process`() async throws {
        try await sandbox(runs: 2) { erp in
            _ = try await erp.ask("POST", "/confirmations", Self.confirmation)

            #expect(try await erp.report()["bookings"]?.array?.first?["count"] == 1)
        }
    }

    @Test func `a body over 1 MiB is refused`() async throws {
        try await sandbox { erp in
            let body = #"{"ExternalKey": "\#(String(repeating: "x", count: 1 << 20))"}"#
            let answer = try await erp.send("POST", "/confirmations", body)

            // A client that is still sending may see the closed connection before the answer.
            #expect(answer == nil || answer?.status == 413)
            #expect(try await erp.report()["requests"] == 0)
        }
    }

    @Test func `a port that cannot be is refused with a sentence`() async throws {
        try await inFolder { folder in
            let error = await #expect(throws: SandboxError.self) {
                try await withSandbox(SandboxSettings(database: folder + "/erp.db", port: 70_000)) { _ in }
            }

            #expect(error == .badSetting(name: "port", problem: "must be from 0 to 65535"))
            #expect(error?.description == "sandbox setting 'port' must be from 0 to 65535")
        }
    }
}
#endif
