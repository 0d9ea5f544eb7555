#!/usr/bin/env bash
# From a bare Debian 12 to a working engine: installs what is missing, builds the engine and its
# command line, and then
#
#   deploy/quickstart.sh           leaves an engine running on 127.0.0.1:7400 with the sample catalogue and
#                                  a few cases, and says what to try. Its data stay in build/quickstart.
#   deploy/quickstart.sh --check   walks an engine of its own through four days on a virtual clock and a
#                                  kill -9, holds it to what it promises, and removes it again.
#
# Ends with 0 only when everything was as expected. Ends no process but those it started itself.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case "${1-}:$#" in
  :0) check= ;;
  --check:1) check=yes ;;
  *)
    echo "usage: deploy/quickstart.sh [--check]" >&2
    exit 2
    ;;
esac

root=$PWD
build=$root/build/release
daemon=$build/engine/daemon/casewheeld
stay=$root/build/quickstart  # of the engine that stays: data, log, pid
scratch=                     # of this run
engine=                      # pid of the engine this run is to end
unset CASEWHEEL_ACTOR CASEWHEEL_TENANT
casewheel() { "$build/engine/cli/casewheel" --zone Asia/Taipei "$@"; }

mkdir -p "$root/build"
scratch=$(mktemp -d "$root/build/quickstart-run.XXXXXX")
finish() {
  local code=$?
  if [[ $engine ]]; then
    kill -9 "$engine" 2>/dev/null || true
    wait "$engine" 2>/dev/null || true
  fi
  if ((code)); then
    [[ -e $scratch/engine.log ]] && tail -n 20 "$scratch/engine.log" >&2
    echo "quickstart: left for you to look at: $scratch" >&2
  else
    rm -rf "$scratch"
  fi
}
trap finish EXIT
trap 'exit 130' INT TERM

fail() {
  echo "quickstart: FAILED: $*" >&2
  exit 1
}

# --- stages and their times -------------------------------------------------------------------------

stages=()
stage_name=
now_ms() {
  local us=${EPOCHREALTIME/[.,]/}
  echo "${us%???}"
}
stage() {
  stage_done
  stage_name=$1
  stage_from=$(now_ms)
  printf '== %s\n' "$1"
}
stage_done() {
  [[ $stage_name ]] || return 0
  local ms=$(($(now_ms) - stage_from))
  stages+=("$(printf '%s %d.%d s' "$stage_name" $((ms / 1000)) $((ms % 1000 / 100)))")
  stage_name=
}
print_stages() {
  stage_done
  local text
  text=$(printf ', %s' "${stages[@]}")
  echo "${text:2}"
}

# A command that says nothing unless it fails.
quietly() {
  local what=$1
  shift
  "$@" >"$scratch/quiet.log" 2>&1 || {
    tail -n 40 "$scratch/quiet.log" >&2
    fail "$what"
  }
}

# --- the engine ---------------------------------------------------------------------------------------

# start_engine DIRECTORY LISTEN METRICS CLOCK: serves DIRECTORY/data; sets `engine` and `address`.
start_engine() {
  local directory=$1 http=127.0.0.1:7480
  [[ $2 != *:0 ]] || http=127.0.0.1:0
  : >"$directory/ready"
  setsid "$daemon" --data "$directory/data" --listen "$2" --metrics "$3" --http "$http" --clock "$4" --auth off \
    >"$directory/ready" 2>>"$directory/engine.log" </dev/null &
  engine=$!
  local waited
  for ((waited = 0; waited < 600; ++waited)); do
    if read -r address < <(sed -n 's/^casewheeld ready: grpc=\([^ ]*\).*/\1/p' "$directory/ready"); then
      export CASEWHEEL_ADDRESS=$address
      return 0
    fi
    kill -0 "$engine" 2>/dev/null || break
    sleep 0.05
  done
  tail -n 20 "$directory/engine.log" >&2
  fail "the engine did not start on $directory/data"
}

# Calendars first: the catalogue counts by them. Never over what is there: it may have been changed since.
put_in_force() {
  if casewheel catalogue taisugar >/dev/null 2>&1; then return 0; fi
  quietly "loading deploy/samples/calendars/taiwan.yaml" casewheel calendar load deploy/samples/calendars/taiwan.yaml
  quietly "applying deploy/samples/catalogue.yaml" casewheel apply -f deploy/samples/catalogue.yaml
}

# --- cases --------------------------------------------------------------------------------------------

declare -A number  # case numbers by the name a case has in this script

# lodge NAME OPTION...: the name is also the idempotency key.
lodge() {
  local name=$1 answer
  shift
  answer=$(casewheel --json --request-id "quickstart-$name" lodge "$@") || fail "lodging the case '$name'"
  number[$name]=$(sed -n 's/^ *"case_number": "\([0-9]*\)",*$/\1/p' <<<"$answer")
  duplicate=$(sed -n 's/^ *"duplicate": \([a-z]*\),*$/\1/p' <<<"$answer")
  [[ ${number[$name]} =~ ^[0-9]{17,}$ ]] || fail "the case '$name' got no case number: $answer"
}

lodge_outage() {
  lodge outage --tenant taipower --service power-outage --channel hotline --priority high --as tp005 \
    --subject '仁愛路三段整排住戶停電' --description '約 9 時起停電，路口變電箱有異音，大樓有使用呼吸器之長者。' \
    --name 林美惠 --phone 0912-345-678 --customer-number 01-23-4567-89-1 --county 臺北市 "$@"
}
lodge_supply() {
  lodge supply --tenant taipower --service new-supply --channel counter --as tp013 \
    --subject '中山北路二段店面新設用電 30 瓩' --name 大同咖啡有限公司 --phone 02-2523-1234 \
    --attribute capacity-kw=30 --attribute use=shop --fee survey --fee line-subsidy \
    --missing 電機技師簽證之屋內線設計資料 --missing 建物合法證明文件 "$@"
}
lodge_fuel() {
  lodge fuel --tenant cpc --service fuel-quality --channel hotline --as cp005 \
    --subject '加油後引擎抖動，疑似油中含水' --description '昨日 18 時於建國站加 95 無鉛 40 公升，今晨拋錨，已送修車廠檢測。' \
    --name 陳建宏 --phone 0933-222-111 --email chen.ch@example.com "$@"
}
lodge_leak() {
  lodge leak --tenant cpc --service gas-leak --channel hotline --priority urgent --as cp005 \
    --subject '工地挖損天然氣管線，現場有瓦斯味' --name 許先生 --phone 0955-010-203 --county 高雄市 "$@"
}
lodge_sugar() {
  lodge sugar --tenant taisugar --service customer-complaint --channel hotline --as ts003 \
    --subject '網購砂糖受潮結塊，要求退換' --description '三包特級砂糖收到時外袋已破，客服信箱去信一週未獲回復。' \
    --name 王淑娟 --phone 0921-987-654 "$@"
}
lodge_train() {
  lodge train --tenant taisugar --service customer-complaint --channel email --as ts003 \
    --subject '五分車票務人員態度不佳' --name 李志遠 --email lee.cy@example.com "$@"
}
lodge_lease() {
  lodge lease --tenant taisugar --service lease-renewal --channel letter --as ts033 \
    --subject '柳營農場土地租賃續約' --name 張進發 --phone 06-622-0000 "$@"
}
lodge_burst() {
  lodge burst --tenant water --service burst-main --channel app --priority urgent --as wa003 \
    --subject '中港路口水管爆裂，水柱約兩層樓高' --name 周雅雯 --phone 0978-111-222 --county 臺中市 "$@"
}
lodge_bill() {
  lodge bill --tenant water --service bill-complaint --channel web --as wa003 \
    --subject '水費較上期增加五倍，要求複查' --name 蘇國華 --customer-number 4A-12-345678-9 --phone 04-2222-3333 "$@"
}
cases=(outage supply fuel leak sugar train lease burst bill)

# --- install and build, for both ----------------------------------------------------------------------

stage packages
deploy/install-packages.sh build || fail "installing the packages"

stage build
quietly "configuring the build" cmake --preset release -DCASEWHEEL_TESTS=OFF -DCASEWHEEL_BENCH=OFF
[[ -e $daemon ]] || echo "   the first build takes some minutes"
quietly "building casewheeld and casewheel" cmake --build "$build" -j"$(nproc)" --target casewheeld casewheel

# --- without --check: an engine to keep -----------------------------------------------------------------

if [[ ! $check ]]; then
  mkdir -p "$stay"
  # The pid file may be of another boot: the process must serve our directory.
  running=$(cat "$stay/pid" 2>/dev/null || true)
  if ! [[ $running ]] || ! tr '\0' '\n' <"/proc/$running/cmdline" 2>/dev/null | grep -qxF "$stay/data"; then
    running=
  fi

  if [[ $running && $(readlink "/proc/$running/exe") != "$daemon" ]]; then
    stage "stop the engine of the previous build"
    kill "$running"
    for ((waited = 0; waited < 300; ++waited)); do
      kill -0 "$running" 2>/dev/null || break
      sleep 0.1
    done
    running=
  fi
  stage "engine"
  if [[ $running ]]; then
    export CASEWHEEL_ADDRESS=127.0.0.1:7400
  else
    start_engine "$stay" 127.0.0.1:7400 127.0.0.1:7401 real
    running=$engine
    echo "$running" >"$stay/pid"
    engine=  # it stays
  fi

  stage "catalogue and cases"
  put_in_force
  # The same times again on a later run: one key with one body is one case.
  [[ -s $stay/since ]] || date +%s >"$stay/since"
  since=$(<"$stay/since")
  ago() { date -u -d "@$((since - $1 * 3600))" +%FT%TZ; }
  lodge_outage --received "$(ago 1)"
  lodge_supply --received "$(ago 5)" --agreed "$(ago -240)"
  lodge_fuel --received "$(ago 30)"
  lodge_sugar --received "$(ago 80)"
  lodge_train --received "$(ago 60)"
  lodge_lease --received "$(ago 3)"
  lodge_burst --received "$(ago 2)"
  lodge_bill --received "$(ago 20)"
  stage_done

  cat <<END

casewheel serves on 127.0.0.1:7400, process $running. Figures for Prometheus: http://127.0.0.1:7401/metrics
Data and log: $stay

Try, in this order:

  export PATH="$build/engine/cli:\$PATH"
  casewheel overdue --tenant taisugar                    # 主管：逾期看板
  casewheel show ${number[sugar]}                       # one case: its clocks and escalations
  casewheel lodge --tenant taisugar --service customer-complaint --channel hotline \\
      --subject '園區停車場收費爭議' --name 吳小姐 --phone 0910-000-111 --as ts003
  casewheel find --tenant taisugar --phone 0921-987-654  # 客服：來電者的案件
  casewheel accept ${number[sugar]} --as ts031
  casewheel reply ${number[sugar]} --means phone --text '已致歉並寄出新品' --as ts031
  casewheel history ${number[sugar]}
  casewheel watch --tenant taipower --within 24h         # the live board; Ctrl-C ends it
  casewheel verify

A day of each role: deploy/guide/README.md
Stop it:         kill $running
Start it again:  deploy/quickstart.sh
Begin afresh:    kill $running; rm -r $stay
END
  exit 0
fi

# --- with --check ---------------------------------------------------------------------------------------

# Everything that must be the same after a crash: each case with its clocks and escalations, its
# history, and the board of each enterprise.
memory_of() {
  local name tenant
  for name in "${cases[@]}"; do
    casewheel --json show "${number[$name]}"
    casewheel --json history "${number[$name]}"
  done
  for tenant in taipower cpc taisugar water; do
    casewheel --json overdue --all --tenant "$tenant" | grep -v '"as_of"'
  done
}
# escalations NAME: "kind level due fired" of each, in the order they fired, from what was read last.
escalations() {
  tr -d ' \n' <"$scratch/$1.json" | grep -o '{"id":[0-9]*,"clock_kind"[^}]*}' |
    sed 's/.*"clock_kind":"CLOCK_KIND_\([A-Z_]*\)".*"level":\([0-9]*\),.*"due_time":"\([^"]*\)".*"fired_time":"\([^"]*\)".*/\1 \2 \3 \4/' || true
}
engine_time() { casewheel --json clock show | sed -n 's/^ *"now": "\([^"]*\)",*$/\1/p'; }
figure() { casewheel --json stats | sed -n "s/^ *\"$1\": \"*\([0-9]*\)\"*,*\$/\1/p"; }

stage start
start_engine "$scratch" 127.0.0.1:0 127.0.0.1:0 virtual:2026-03-02T09:00:00+08:00
first=$engine
put_in_force

stage lodge
for name in "${cases[@]}"; do "lodge_$name"; done
[[ $(printf '%s\n' "${number[@]}" | sort -u | wc -l) == "${#cases[@]}" ]] || fail "two cases share a number"
sugar_number=${number[sugar]}
lodge_sugar
[[ ${number[sugar]} == "$sugar_number" && $duplicate == true ]] || fail "the same request twice made two cases"
if casewheel --request-id quickstart-sugar lodge --tenant taisugar --service customer-complaint --channel hotline \
  --subject '另一件' >/dev/null 2>&1; then
  fail "a request id was taken again with another body"
fi
[[ $(figure lodged) == "${#cases[@]}" ]] || fail "${#cases[@]} cases were lodged, the engine counts $(figure lodged)"

stage "four days"
quietly "advancing 2 hours" casewheel clock advance --by 2h
# One of the two complaints is answered within its 72 hours, the other is not.
quietly "accepting a case" casewheel accept "${number[train]}" --as ts032
quietly "advancing to the 71st hour" casewheel clock advance --by 69h
quietly "replying" casewheel reply "${number[train]}" --means phone --text '已向當事人致歉，並加強票務人員訓練' --as ts032
quietly "advancing to the 96th hour" casewheel clock advance --by 25h
now=$(engine_time)
[[ $now == 2026-03-06T01:00:00Z ]] || fail "the virtual clock stands at $now"

for name in "${cases[@]}"; do casewheel --json show "${number[$name]}" >"$scratch/$name.json"; done
tr -d ' \n' <"$scratch/train.json" | grep -q '"kind":"CLOCK_KIND_REPLY","status":"CLOCK_STATUS_MET"' ||
  fail "the complaint answered in the 71st hour does not count as answered in time"
! escalations train | grep -q '^REPLY 1' || fail "the complaint answered in time was escalated"
[[ $(escalations sugar | grep ^REPLY | cut -d' ' -f2,3) == "0 2026-03-04T13:00:00Z
1 2026-03-05T01:00:00Z
2 2026-03-06T01:00:00Z" ]] || fail "the unanswered complaint should be escalated 12 hours before its 72, then and 24 hours after, and was: $(escalations sugar)"
for name in "${cases[@]}"; do
  # Without the Z, which a fraction of a second would stand before.
  early=$(escalations "$name" | awk '{ due = $3; fired = $4; gsub("Z", "", due); gsub("Z", "", fired); if (fired < due) print }')
  [[ -z $early ]] || fail "escalations of the case '$name' fired before their instant: $early"
done
fired=$(figure steps_fired)
((fired > 0)) || fail "nothing was escalated"

echo
echo "   逾期看板 The board of 台灣糖業公司 (casewheel overdue --tenant taisugar):"
casewheel overdue --tenant taisugar | sed 's/^/   /'
echo
echo "   稽催 Its unanswered complaint (casewheel show ${number[sugar]}):"
casewheel show "${number[sugar]}" | sed -n '/^#/,$p' | sed 's/^/   /'
echo

stage "kill -9, restart"
memory_of >"$scratch/before.json"
kill -9 "$first"
wait "$first" 2>/dev/null || true
start_engine "$scratch" 127.0.0.1:0 127.0.0.1:0 virtual
memory_of >"$scratch/after.json"
cmp -s "$scratch/before.json" "$scratch/after.json" || {
  diff "$scratch/before.json" "$scratch/after.json" | head -n 20 >&2 || true
  fail "after kill -9 and restart the cases, histories or boards differ"
}
[[ $(figure steps_fired) == "$fired" ]] || fail "$fired escalations before the crash, $(figure steps_fired) after"
[[ ! $(engine_time) < $now ]] || fail "engine time went back from $now to $(engine_time)"
echo "   the same ${#cases[@]} cases, $fired escalations and boards as before"

stage verify
casewheel --quiet verify >"$scratch/verify.txt" || {
  cat "$scratch/verify.txt" >&2
  fail "casewheel verify found problems"
}
sed 's/^/   /' "$scratch/verify.txt"

stage stop
kill "$engine"
wait "$engine" || fail "the engine ended with $? when it was asked to stop"
engine=

echo
echo "quickstart --check: all as promised: ${#cases[@]} cases of 4 enterprises, 96 hours, $fired escalations, one kill -9."
print_stages
