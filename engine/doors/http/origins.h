// Pages of which web sites may call: browsers say in "origin" whose page is calling, and ask first. Any
// thread.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <string>
#include <vector>

#include "engine/doors/http/ask.h"

namespace casewheel::doors {

using Reply = boost::beast::http::response<boost::beast::http::string_body>;

class Origins {
 public:
  // As browsers write them, e.g. "https://cases.example.tw"; none: no page of another site may call.
  explicit Origins(std::vector<std::string> allowed) : allowed_(std::move(allowed)) {}

  // Whether the request may be served: no page sent it, or one of these sites.
  bool allows(const Head& head) const;
  // Whether it only asks what a page may send.
  static bool asks_first(const Head& head);
  // Of what pages of every site may read.
  static void tell_everybody(boost::beast::http::fields* answer);
  // What the page's browser is told; nothing where no page sent it.
  void tell(const Head& head, boost::beast::http::fields* answer) const;

 private:
  std::vector<std::string> allowed_;
};

}  // namespace casewheel::doors
