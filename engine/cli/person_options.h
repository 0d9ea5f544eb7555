// --phone, --email, --customer-number: by which a person is named on the command line.
#pragma once

#include <CLI/App.hpp>
#include <string>

#include "casewheel/v1/privacy.pb.h"

namespace casewheel::cli {

struct TypedPerson {
  std::string phone, email, customer_number;

  bool given() const { return !phone.empty() || !email.empty() || !customer_number.empty(); }
  casewheel::v1::PersonKey key() const {
    casewheel::v1::PersonKey key;
    if (!phone.empty()) key.set_phone(phone);
    if (!email.empty()) key.set_email(email);
    if (!customer_number.empty()) key.set_customer_number(customer_number);
    return key;
  }
};

// The group of the three; what else says whom may be added to it.
inline CLI::Option_group* add_person(CLI::App& command, TypedPerson& person) {
  auto* group = command.add_option_group("person");
  group->add_option("--phone", person.phone, "電話");
  group->add_option("--email", person.email, "電子郵件");
  group->add_option("--customer-number", person.customer_number, "電號、水號、客戶編號");
  return group;
}

}  // namespace casewheel::cli
