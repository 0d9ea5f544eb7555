#include "engine/cli/refusal_words.h"

#include <array>
#include <string_view>

namespace casewheel::cli {
namespace {

struct EnglishWords {
  std::string_view english;  // what it is, or begins with
  const char* chinese;
};

// What a code alone says, which is all that is known of a message without words of its own. No word here says
// more than the code does: a wrong password and an expired session have one.
constexpr std::array kReasons = {
    EnglishWords{"INVALID_ARGUMENT", "輸入有誤"},
    EnglishWords{"NOT_FOUND", "查無資料，或不在您的權限範圍"},
    EnglishWords{"REQUEST_ID_REUSED", "與既有資料衝突"},
    EnglishWords{"ALREADY_EXISTS", "已有相同資料"},
    EnglishWords{"STALE_ETAG", "資料已有異動，請重新查看後再送"},
    EnglishWords{"WRONG_STATE", "目前狀態不允許此動作"},
    EnglishWords{"NOT_PERMITTED", "您的權限不允許此動作"},
    EnglishWords{"PERMISSION_DENIED", "您的權限不允許此動作"},
    EnglishWords{"OVERLOADED", "系統忙碌"},
    EnglishWords{"DISK_FULL", "磁碟已滿，請通知系統管理人員"},
    EnglishWords{"UNAVAILABLE", "系統暫時無法服務"},
    EnglishWords{"FAILED_PRECONDITION", "目前的系統設定不允許此動作"},
    EnglishWords{"UNAUTHENTICATED", "無法確認身分"},
    EnglishWords{"DATA_LOSS", "資料損壞，無法讀取，請通知系統管理人員"},
    EnglishWords{"DEADLINE_EXCEEDED", "逾時未獲答覆"},
    EnglishWords{"RESOURCE_EXHAUSTED", "超過上限"},
};

// Of whole messages, by their cause; the longer ones before those they begin with.
constexpr std::array kCauses = {
    EnglishWords{"sign in first", "請先登入：casewheel login 帳號"},
    EnglishWords{"the session, key or token this was opened with is not valid any more",
                 "登入或金鑰已失效，請重新登入：casewheel login 帳號"},
    EnglishWords{"name or password is wrong", "帳號或密碼錯誤"},
    EnglishWords{"too many failed attempts", "嘗試失敗次數過多，請稍後再試"},
    EnglishWords{"change the one-time password first", "請先變更一次性密碼：casewheel password"},
    EnglishWords{"only who has signed in with a password can do this",
                 "以帳號、密碼登入者方可執行"},
    EnglishWords{"there is a user of that name", "已有此帳號"},
    EnglishWords{"no such user", "查無此帳號"},
    EnglishWords{"the user has changed", "此帳號已有異動，請重新查看後再送"},
    EnglishWords{"is the last administrator", "此為最後一個系統管理帳號，須留一人能開放他人使用"},
    EnglishWords{"this engine asks nobody who he is", "本系統未啟用登入（--auth off），沒有帳號"},
    EnglishWords{"no such key to replace", "查無要接替的金鑰"},
    EnglishWords{"no such key", "查無此金鑰"},
    EnglishWords{"the certificate is registered already", "此憑證已登錄"},
    EnglishWords{"a code is shown once", "查詢碼只顯示一次，請另行核發，勿沿用 --request-id"},
    EnglishWords{"request_id was used before with another body",
                 "此 --request-id 已用於其他內容；新的一筆請勿沿用"},
    EnglishWords{"the case has changed", "本案在您查看後已有異動，請重新查看後再送"},
    EnglishWords{"the right does not hold for a case in your own hands",
                 "自己承辦的案件不適用此權限，請由所屬單位主管辦理"},
    EnglishWords{"the right ", "您沒有這項權限"},
    EnglishWords{"takes the right for the whole tenant", "須有全事業的權限，部分單位或性質者不足"},
    EnglishWords{"takes the right for the unit that calls back", "須有回電單位的權限"},
    EnglishWords{"your role may not close a case that is ", "本案尚未回復申請人，不得逕行結案"},
    EnglishWords{"your role may not", "您的角色不得執行此動作"},
    EnglishWords{"no such staff of ", "此事業沒有這位人員，請核對 --as"},
    EnglishWords{"works in a unit that is not yours", "不在您的單位範圍"},
    EnglishWords{"is another agent's screen", "這是其他人員的來電畫面"},
    EnglishWords{"nobody has answered the call", "這通電話尚無人接聽"},
    EnglishWords{"the case has been merged", "本案已併入他案"},
    EnglishWords{"that case has been merged into this one", "該案已併入本案"},
    EnglishWords{"the case is open", "案件尚未結束"},
    EnglishWords{"the case's service is not in the catalogue any more",
                 "本案的服務項目已不在目錄中，請先改分類：casewheel reclassify"},
    EnglishWords{"this engine keeps no attachments", "本系統未開放附件"},
    EnglishWords{"the types of files are not known here",
                 "系統缺少檔案類型資料，請通知系統管理人員"},
    EnglishWords{"the engine runs on the real clock", "引擎使用實際時間，不得推進"},
    EnglishWords{"backup failed", "備份失敗"},
    EnglishWords{"the catalogue has ", "目錄檔有誤"},
    EnglishWords{"the calendar file has ", "辦公日曆檔有誤"},
    EnglishWords{"the calendar feed has ", "辦公日曆檔有誤"},
    EnglishWords{"the office calendar has ", "辦公日曆檔有誤"},
};

// What stands within or at the end of a text that begins with a name.
constexpr std::array kPhrases = {
    EnglishWords{" is being changed: try again", "正由他人變更，請再試一次"},
    EnglishWords{" has changed meanwhile: try again", "其間已有異動，請再試一次"},
    EnglishWords{" stands here a second time", "重複出現"},
    EnglishWords{" is already defined in line ", "重複定義"},
    EnglishWords{" is missing", "缺少這個欄位"},
};

// Of fields; the longer ones before those they begin with.
constexpr std::array kDescriptions = {
    EnglishWords{"is required when an earlier agreed date is replaced", "變更原約定日期時必填"},
    EnglishWords{"is required when the extension is declined", "不同意展延時必填"},
    EnglishWords{"is required: it goes on the audit trail", "必填，將載入稽核紀錄"},
    EnglishWords{"is required; documents are asked for by RequestDocuments",
                 "必填；通知補件請用 request-documents"},
    EnglishWords{"is required: how the applicant was answered", "必填：以何種方式回復"},
    EnglishWords{"is required: all that is missing, at once", "必填：請一次列出全部缺件"},
    EnglishWords{"is required: the installation has several", "必填：本系統有多個事業"},
    EnglishWords{"is required: closing leaves",
                 "必填：結案時尚有時限未辦，請先辦理，或說明為何不再需要"},
    EnglishWords{"is required", "必填"},
    EnglishWords{"no such unit in the catalogue", "目錄中沒有此單位"},
    EnglishWords{"no such staff in the catalogue", "目錄中沒有此人員"},
    EnglishWords{"no such supervisor in the catalogue", "目錄中沒有此主管"},
    EnglishWords{"no such service", "沒有此服務項目"},
    EnglishWords{"no such tenant", "沒有此事業"},
    EnglishWords{"no such case", "查無此案，或不在您的權限範圍"},
    EnglishWords{"no such call", "查無此通話"},
    EnglishWords{"no such calendar", "沒有此辦公日曆"},
    EnglishWords{"no such line in the catalogue or of a call", "目錄與通話中都沒有此專線號碼"},
    EnglishWords{"no such queue in the catalogue or of a call", "目錄與通話中都沒有此話務群組"},
    EnglishWords{"is not set, and this load would take away",
                 "仍有案件、帳號或放假日受影響；確定移除請加 --take-away"},
    EnglishWords{"is not set, and this load would take",
                 "會使放假日或停班消失；確定移除請加 --take-away"},
    EnglishWords{"the case has no such clock", "本案沒有這個時限"},
    EnglishWords{"the case has no such request for extension", "本案沒有這筆展延申請"},
    EnglishWords{"the case has no such escalation", "本案沒有這筆稽催"},
    EnglishWords{"the case has no such attachment", "本案沒有這個附件"},
    EnglishWords{"the service has no such fee", "此服務項目沒有這項費用"},
    EnglishWords{"the service of the case has no such fee", "本案的服務項目沒有這項費用"},
    EnglishWords{"only a running clock can be extended", "只有計時中的時限可以展延"},
    EnglishWords{"must be later than the present date", "須晚於目前的期限"},
    EnglishWords{"must lie in the future", "須晚於現在"},
    EnglishWords{"must lie after the instant the case was received", "須晚於收件時間"},
    EnglishWords{"must lie after received_from", "須晚於起始時間"},
    EnglishWords{"lies in the future", "不得晚於現在"},
    EnglishWords{"lies before the case was received", "不得早於收件時間"},
    EnglishWords{"lies more than 20 years ahead", "不得超過 20 年"},
    EnglishWords{"lies outside -90 to 90", "須在 -90 至 90 之間"},
    EnglishWords{"lies outside -180 to 180", "須在 -180 至 180 之間"},
    EnglishWords{"handles the case: another supervisor has to approve",
                 "為本案承辦人，須由其他主管核准"},
    EnglishWords{"nobody decides on the dates of a case she handles herself",
                 "不得變更自己承辦（含曾承辦）案件的期限：請提出展延申請，由其他主管核定"},
    EnglishWords{"who handles the case, or did while that clock ran",
                 "承辦人（含曾承辦者）不得自行確認期限異動，須由主管確認"},
    EnglishWords{"handled the case while the earlier date stood", "曾承辦本案，須由其他主管核准"},
    EnglishWords{"carries the masked text back",
                 "是遮罩後的內容：請填寫完整正確的資料，或不更動此欄"},
    EnglishWords{"the telephone, e-mail or customer number has been corrected 64 times",
                 "電話、電子郵件或客戶編號已更正 64 次，無法再更正"},
    EnglishWords{"nobody decides on her own request", "不得核定自己提出的申請，請由其他主管核定"},
    EnglishWords{"you may lodge cases of some units and kinds only",
                 "您只能受理部分單位或性質的案件"},
    EnglishWords{"other people's cases have ended in this one",
                 "已有他案併入本案：請先結案，或取消併案"},
    EnglishWords{"was not asked for", "未曾通知補這份文件"},
    EnglishWords{"is the case itself", "就是本案"},
    EnglishWords{"belongs to another tenant", "屬於其他事業"},
    EnglishWords{"is not a case number", "不是案號，請核對數字"},
    EnglishWords{"is no id of a call", "不是通話代號（32 位十六進位數字）"},
    EnglishWords{"is not a known value", "不是可用的值"},
    EnglishWords{"is not one that was given out", "不是本系統給過的版本"},
    EnglishWords{"is no https: or http: address", "不是 https: 或 http: 網址"},
    EnglishWords{"is longer than", "太長"},
    EnglishWords{"is not valid UTF-8", "不是 UTF-8 文字"},
    EnglishWords{"holds a ", "含有不能使用的字元"},
    EnglishWords{"a case can await at most 64 documents", "缺件最多 64 份"},
    EnglishWords{"at most 16 requests for extension can be open", "待核定的展延申請最多 16 筆"},
    EnglishWords{"must be 8 digits", "須為 8 位數字"},
    EnglishWords{"must be 4 digits", "須為 4 位數字"},
    EnglishWords{"must lie between", "超出範圍"},
    EnglishWords{"must have at least 12 characters", "密碼至少 12 個字元"},
    EnglishWords{"must not hold the account's name", "密碼不得包含帳號"},
    EnglishWords{"is one character over and over", "密碼不得全為同一字元"},
    EnglishWords{"is the old one", "不得與原密碼相同"},
    EnglishWords{"must be 2 to 64 of a-z", "帳號須為 2 至 64 個小寫英文、數字或 . _ - @"},
    EnglishWords{"tenant and staff go together", "事業與員工須一併指定"},
    EnglishWords{"is no number, such as", "不是數字，例如 12"},
    EnglishWords{"is no time, such as", "不是日期時間，例如 2026-01-05"},
    EnglishWords{"must lie after from_time", "須晚於起始時間"},
    EnglishWords{"must be after from_time", "須晚於起始時間"},
    EnglishWords{"makes more than 10,000 rows", "超過 1 萬列：請縮短期間或減少分組"},
    EnglishWords{"groups by day or by month", "依日或依月分組，不得兩者並用"},
    EnglishWords{"unknown key ", "沒有這個欄位"},
    EnglishWords{"there is no ", "查無"},
    EnglishWords{"must be a map", "須為一組欄位"},
    EnglishWords{"must be ", "不符規定"},
};

template <typename Table>
const char* words_at_front(const Table& table, std::string_view text) {
  for (const EnglishWords& one : table) {
    if (text.starts_with(one.english)) return one.chinese;
  }
  return nullptr;
}

bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

Told parted(const std::string& text) {
  if (text.empty() || static_cast<unsigned char>(text.front()) < 0x80) return {"", text};
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i - 1] == ' ' && is_ascii_letter(text[i]))
      return {text.substr(0, i - 1), text.substr(i)};
  }
  return {text, ""};
}

std::string reason_words(const std::string& reason) {
  for (const EnglishWords& one : kReasons) {
    if (one.english == reason) return one.chinese;
  }
  return reason;
}

std::string description_words(const std::string& description) {
  if (const char* cause = words_at_front(kCauses, description)) return cause;
  if (const char* known = words_at_front(kDescriptions, description)) return known;
  for (const EnglishWords& one : kPhrases) {
    if (description.find(one.english) != description.npos) return one.chinese;
  }
  return parted(description).chinese;
}

}  // namespace casewheel::cli
