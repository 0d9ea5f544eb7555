// The form with which staff sign in where a page is theirs alone. Pure, any thread.
#pragma once

#include <string>

#include "engine/pages/html.h"

namespace casewheel::pages {

enum class SignInFault {
  kNone,
  kDoesNotFit,          // name and password do not belong together
  kTooMany,             // too many tries: wait
  kMustChangePassword,  // a one-time password is changed on the command line first
  kNotPermitted,        // signed in, and the page is not for that account
  kLater,
};

struct SignInForm {
  Language language = Language::kChinese;
  std::string path;  // where the form is sent: the page that was asked for
  std::string name;  // as it was typed
  SignInFault fault = SignInFault::kNone;
};

std::string sign_in_page(const SignInForm& form);

}  // namespace casewheel::pages
