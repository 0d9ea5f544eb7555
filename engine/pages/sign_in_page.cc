#include "engine/pages/sign_in_page.h"

#include "engine/pages/frame.h"

namespace casewheel::pages {
namespace {

const char* fault_text(SignInFault fault, const Words& say) {
  switch (fault) {
    case SignInFault::kNone:
      return "";
    case SignInFault::kDoesNotFit:
      return say("帳號或密碼不符，請再試一次。", "Name and password do not fit: please try again.");
    case SignInFault::kTooMany:
      return say("嘗試次數過多，請稍後再試。", "Too many tries: please try again later.");
    case SignInFault::kMustChangePassword:
      return say("請先以 casewheel login 登入並變更一次性密碼。",
                 "Please change the one-time password first: casewheel login, casewheel password.");
    case SignInFault::kNotPermitted:
      return say("此帳號沒有查閱的權限，請以其他帳號登入。",
                 "The account may not see this: please sign in with another one.");
    case SignInFault::kLater:
      return say("目前無法登入，請稍後再試。",
                 "Nobody can sign in just now: please try again later.");
  }
  return "";
}

}  // namespace

std::string sign_in_page(const SignInForm& form) {
  const Words say(form.language);
  const std::string heading = say("登入", "Sign in");
  const std::string fault = fault_text(form.fault, say);
  std::string out = "<h1>" + heading + "</h1>";
  if (!fault.empty())
    out += "<p class=\"fault\" id=\"fault\" role=\"alert\">" + escaped(fault) + "</p>";
  const bool wrong = form.fault == SignInFault::kDoesNotFit;
  const std::string path = escaped(form.path);
  out += "<form method=\"post\" action=\"" + path + "?lang=" + code_of(form.language) + "\">";
  out += input({"name", say("帳號", "Account"), say("您的帳號名稱", "The name of your account"),
                form.name, "type=\"text\" autocomplete=\"username\" maxlength=\"100\"", wrong});
  out +=
      input({"password", say("密碼", "Password"),
             say("登入後僅供查閱受理回執，1 小時後自動登出",
                 "For receipts alone; you are signed out after an hour"),
             "", "type=\"password\" autocomplete=\"current-password\" maxlength=\"200\"", wrong});
  out += std::string("<button type=\"submit\">") + heading + "</button></form>";
  Frame frame{form.language,
              (fault.empty() ? "" : std::string(say("錯誤：", "Error: "))) + heading,
              say("受理回執", "Receipts"),
              {},
              {}};
  frame.other_link = path + (form.language == Language::kChinese ? "?lang=en" : "?lang=zh");
  return framed(frame, out);
}

}  // namespace casewheel::pages
