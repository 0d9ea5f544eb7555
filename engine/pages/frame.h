// What every page on the screen has in common: one style, a bar with the page's name and the other
// language, a main part, a footer. Pure, any thread.
#pragma once

#include <string>

#include "engine/pages/html.h"

namespace casewheel::pages {

// The words of one language.
class Words {
 public:
  explicit Words(Language language) : zh_(language == Language::kChinese) {}
  const char* operator()(const char* zh, const char* en) const { return zh_ ? zh : en; }
  const std::string& operator()(const std::string& zh, const std::string& en) const {
    return zh_ || en.empty() ? zh : en;
  }

 private:
  bool zh_;
};

// As ?lang= takes it.
const char* code_of(Language language);

struct Frame {
  Language language = Language::kChinese;
  std::string title;       // of the document
  std::string bar;         // name of the page
  std::string other_link;  // the same page in the other language; HTML-escaped
  std::string contact;     // of the enterprise whose page it is; empty: of none
};

std::string framed(const Frame& frame, const std::string& body);
// For the security policy all of these are sent under.
const std::string& frame_style_source();

// A labelled field of a form; `kind` is the input's type. `wrong`: the page says what is wrong with it.
struct Field {
  const char* name;
  std::string label;
  std::string hint;
  std::string value = {};
  const char* attributes = "";  // further ones, HTML
  bool wrong = false;
};
std::string input(const Field& field);

}  // namespace casewheel::pages
