# The press shop between a replayed plant and a stand-in ERP; sourced by script/demo and script/faults.
#
# Who sources this sets: millrace (the program), shop (a press shop as samples/press-shop/generate leaves it).
# Start of a life: open_sandbox, then make_site. Nothing here listens on or speaks to anything but 127.0.0.1.

port=0
sandbox_pid=
site=

# Takes a port on which nothing answers, from the upper range.
free_port() {
    local candidate tries
    for tries in {1..50}; do
        candidate=$((20000 + (RANDOM * 32768 + RANDOM) % 40000))
        if ! (exec 3<> "/dev/tcp/127.0.0.1/$candidate") 2> /dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "no free port was found in $tries tries" >&2
    return 1
}

# open_sandbox FOLDER SEED: starts the stand-in ERP and the agent, the books in FOLDER/erp.db.
open_sandbox() {
    local folder=$1 seed=$2 attempt wait_count
    for attempt in 1 2 3; do
        port=$(free_port)
        "$millrace" sandbox --port "$port" --database "$folder/erp.db" --seed "$seed" \
            --agent "press-line=$shop/shop-floor/press-line.ndjson" > "$folder/sandbox.log" 2>&1 < /dev/null &
        sandbox_pid=$!
        for wait_count in {1..100}; do
            kill -0 "$sandbox_pid" 2> /dev/null || break
            if (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then return; fi
            sleep 0.1
        done
        close_sandbox
    done
    echo "the sandbox did not start in $attempt attempts of $wait_count looks; it said:" >&2
    cat "$folder/sandbox.log" >&2
    return 1
}

close_sandbox() {
    [ -n "$sandbox_pid" ] || return 0
    kill "$sandbox_pid" 2> /dev/null || true
    wait "$sandbox_pid" 2> /dev/null || true
    sandbox_pid=
}

# http METHOD PATH [BODY]: prints the answer's body; fails where the status is not 2xx.
http() {
    local LC_ALL=C method=$1 path=$2 body=${3-} line status length=0
    exec 3<> "/dev/tcp/127.0.0.1/$port" || return 1
    printf '%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' \
        "$method" "$path" "${#body}" "$body" >&3
    IFS=' ' read -r _ status _ <&3 || true
    while IFS= read -r line <&3; do
        line=${line%$'\r'}
        [ -n "$line" ] || break
        case ${line,,} in content-length:*) length=${line#*:} ;; esac
    done
    [ "$((length))" -eq 0 ] || head -c "$((length))" <&3
    exec 3>&-
    case $status in
    2??) ;;
    *) echo "$method $path was answered ${status:-not at all}" >&2 && return 1 ;;
    esac
}

# set_faults JSON
set_faults() { http POST /_sandbox/faults "$1" > /dev/null; }

# advance INSTANT: the agent hears what happened until then.
advance() { http POST /_sandbox/agent/press-line "{\"advanceTo\": \"$1\"}" > /dev/null; }

# make_site FOLDER: the sample's site with the sandbox for agent and ERP.
make_site() {
    site=$1
    local sample
    sample=$(dirname "${BASH_SOURCE[0]}")/../samples/press-shop
    mkdir -p "$site/drop" "$site/out/partner" "$site/state" "$site/secrets"
    cp -R "$sample/mappings" "$sample/tables" "$site/"
    (umask 077 && echo "a-token-that-the-sandbox-does-not-ask-for" > "$site/secrets/erp.key")
    sed -e "s|http://agent-1:5000/|http://127.0.0.1:$port/agent/press-line/|" \
        -e "s|https://erp.example/api|http://127.0.0.1:$port|" "$sample/millrace.yaml" > "$site/millrace.yaml"
}

# confirm_every STEP: many confirmations instead of one a shift; the sums per shift stay what they were.
confirm_every() {
    sed -i -e 's/per: \[order, operation, equipment\]/per: [order, operation, equipment, shift, production-day]/' \
        -e "s/window: shift/window: {every: $1}/" "$site"/mappings/*-confirmation.yaml "$site/mappings/base/confirmation.yaml"
}

# drop FILE: a packing file arrives, whole at once.
drop() {
    cp "$shop/shop-floor/packing/$1" "$site/drop/.$1"
    mv "$site/drop/.$1" "$site/drop/$1"
}

# pass NOW [ARGUMENT…]: one 'millrace run' at an instant of the plant's clock; leaves its exit code in 'code'.
# Returns 1 for a code that no replay may end with.
pass() {
    local now=$1
    shift
    code=0
    (cd "$site" && exec env MILLRACE_NOW="$now" "$millrace" run "$@") >> "$site/runs.log" 2>&1 < /dev/null || code=$?
    case $code in
    0 | 3 | 4 | 5 | 6) ;;
    *)
        echo "a run at $now ended with exit code $code; the end of $site/runs.log:" >&2
        tail -n 20 "$site/runs.log" >&2
        return 1
        ;;
    esac
}

# kill_pass NOW SECONDS: one run that is killed after SECONDS; returns 1 where it was faster, its exit code in 'code'.
kill_pass() {
    local pid
    # 'exec' all the way, so that the process that is killed is the program itself and no shell around it.
    (cd "$site" && exec env MILLRACE_NOW="$1" "$millrace" run) >> "$site/runs.log" 2>&1 < /dev/null &
    pid=$!
    sleep "$2"
    kill -9 "$pid" 2> /dev/null || true
    code=0
    wait "$pid" 2> /dev/null || code=$?
    [ "$code" -eq 137 ]
}

# in_state STATE…: the keys of the documents in any of these states, one a line.
in_state() {
    local states
    states=$(IFS='|' && echo "$*")
    (cd "$site" && "$millrace" queue list --json < /dev/null) | tr -d '\n' | tr '{' '\n' |
        sed -nE "/\"state\" *: *\"($states)\"/s/.*\"key\" *: *\"([^\"]*)\".*/\1/p"
}

# drain SECONDS-SINCE-1970: runs until nothing waits any more, ten minutes of the plant's clock apart; at most 60 times.
drain() {
    local clock=$1 round now
    for round in {1..60}; do
        now=$(date -u -d "@$clock" +%Y-%m-%dT%H:%M:%SZ)
        advance "$now"
        pass "$now" || return 1
        if [ "$round" -gt 1 ] && [ "$code" -eq 0 ] && [ -z "$(in_state queued leased accepted unknown)" ]; then
            drained_at=$clock
            return 0
        fi
        clock=$((clock + 600))
        # A clock that the replay moves needs no waiting; one that it cannot move needs some.
        [ "$round" -lt 10 ] || sleep 1
    done
    drained_at=$clock
    return 1
}

# compare: prints counted, booked and difference, and fails where there is one or a key was booked twice.
compare() {
    local report=$site/report.txt wrong=0
    http GET '/_sandbox/report?format=text' > "$report" || return 1
    compare_confirmations "$report" || wrong=1
    compare_progress "$report" || wrong=1
    compare_stops "$report" || wrong=1
    compare_partner || wrong=1
    compare_keys "$report" || wrong=1
    return "$wrong"
}

compare_confirmations() {
    awk -F, '
        function bare(order) { sub(/^0+/, "", order); return order }
        NR == FNR { if (FNR > 1) { k = $1 FS $2 FS $4 FS $3; rows[k]; cg[k] += $6; cs[k] += $7 } next }
        $1 == "booking" && $2 != "order" { k = bare($2) "," $3 "," $5 "," $4; rows[k]; bg[k] += $6; bs[k] += $7 }
        END {
            printf "%-6s %-5s %-10s %-6s %19s %19s %19s\n", "order", "op", "day", "shift", "counted good/scrap", "booked good/scrap", "difference"
            sort = "sort"
            for (k in rows) {
                split(k, f, ","); dg = bg[k] - cg[k]; ds = bs[k] - cs[k]
                if (dg != 0 || ds != 0) wrong++
                printf "%-6s %-5s %-10s %-6s %13d/%-5d %13d/%-5d %13d/%-5d\n", f[1], f[2], f[3], f[4], cg[k], cs[k], bg[k], bs[k], dg, ds | sort
                tcg += cg[k]; tcs += cs[k]; tbg += bg[k]; tbs += bs[k]
            }
            close(sort)
            printf "%-30s %13d/%-5d %13d/%-5d %13d/%-5d\n", "all", tcg, tcs, tbg, tbs, tbg - tcg, tbs - tcs
            exit wrong > 0
        }' "$shop/truth.csv" FS=';' "$1"
}

compare_progress() {
    awk -F, '
        function bare(order) { sub(/^0+/, "", order); return order }
        NR == FNR { if (FNR > 1) { rows[$1]; counted[$1] = $2 } next }
        $1 == "progress" && $2 != "order" { rows[bare($2)]; booked[bare($2)] = $3; writes[bare($2)] = $5 }
        END {
            printf "\n%-10s %18s %19s %19s %8s\n", "output of", "counted", "booked", "difference", "writes"
            sort = "sort"
            for (k in rows) {
                if (booked[k] != counted[k]) wrong++
                printf "%-10s %18d %19d %19d %8d\n", k, counted[k], booked[k], booked[k] - counted[k], writes[k] | sort
            }
            close(sort)
            exit wrong > 0
        }' "$shop/truth-progress.csv" FS=';' "$1"
}

# Instants are compared as seconds in their month; no stop of the sample crosses one. One that ends as it began was taken back.
compare_stops() {
    awk -F, '
        function seconds(t,    s) {
            s = substr(t, 9, 2) * 86400 + substr(t, 12, 2) * 3600 + substr(t, 15, 2) * 60 + substr(t, 18, 2)
            if (t ~ /[+-][0-9][0-9]:[0-9][0-9]$/) s -= (substr(t, length(t) - 5, 3) * 60 + substr(t, length(t) - 1)) * 60
            return s
        }
        FILENAME ~ /work-centers/ { equipment[$2] = $1; next }
        FILENAME ~ /truth-stops/ { if (FNR > 1) { counted++; due[$1 " " seconds($2) " " seconds($3)] = $0 } next }
        $1 == "stoppage" && $2 != "id" && $10 != "true" && $7 != $8 {
            booked++; k = equipment[$5] " " seconds($7) " " seconds($8)
            if (k in due) delete due[k]; else { wrong++; print "  booked, but no stop was made: " $0 }
        }
        END {
            for (k in due) { wrong++; print "  made, but not booked: " due[k] }
            printf "\nstops from two minutes on: %d counted, %d booked, %d differences\n", counted, booked, wrong
            exit wrong > 0
        }' "$site/tables/work-centers.csv" "$shop/truth-stops.csv" FS=';' "$1"
}

compare_partner() {
    local files=("$site"/out/partner/*.json)
    [ -e "${files[0]}" ] || files=(/dev/null)
    awk -F, '
        FILENAME ~ /truth-progress/ { if (FNR > 1) { counted += $2; due[$1] = $2 } next }
        FNR == 1 { documents++ }
        match($0, /"orderID" *: *"[^"]*"/) { order = substr($0, RSTART, RLENGTH); gsub(/.*: *"|"/, "", order); name[FILENAME] = order }
        match($0, /"quantity" *: *-?[0-9.]+/) { amount = substr($0, RSTART, RLENGTH); sub(/.*: */, "", amount); sum[FILENAME] += amount }
        END {
            for (f in sum) { told[name[f]] += sum[f]; all += sum[f] }
            for (order in due) if (told[order] != due[order]) { wrong++; print "  order " order ": " due[order] " packed, " told[order] + 0 " told" }
            printf "pieces told to the partner in %d files: %d counted, %d told, %d differences\n", documents, counted, all, wrong
            exit wrong > 0
        }' "$shop/truth-progress.csv" "${files[@]}"
}

compare_keys() {
    awk -F';' '
        $1 == "total" { total[$2] = $3 }
        $1 == "fault" && $3 > 0 { given = given (given == "" ? "" : ", ") $3 " " $2 }
        END {
            printf "requests: %d (faults given: %s)\n", total["requests"], given == "" ? "none" : given
            printf "keys seen more than once: %d, booked twice: %d, with another body: %d; bookings without a key: %d\n",
                total["keysSeenTwice"], total["keysBookedTwice"], total["keysReusedWithOtherBody"], total["bookedWithoutKey"]
            exit !("keysBookedTwice" in total) || total["keysBookedTwice"] + total["keysReusedWithOtherBody"] + total["bookedWithoutKey"] > 0
        }' "$1"
}
