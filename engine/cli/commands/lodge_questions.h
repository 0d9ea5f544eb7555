// lodge at a terminal: what is asked, how each answer is checked at its question, and what is asked again
// where the engine refuses one. Nothing that was answered is lost: while it lives, the session tells the
// command line that holds all of it wherever the command ends without a case. One thread.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "casewheel/v1/calls.pb.h"
#include "casewheel/v1/cases.pb.h"
#include "casewheel/v1/counter.pb.h"
#include "engine/cli/failure.h"
#include "engine/cli/prompts.h"
#include "engine/cli/session.h"
#include "engine/cli/typed_answers.h"

namespace casewheel::cli {

struct TypedLodging {
  v1::LodgeCaseRequest request;
  std::string kind, priority, channel, received, agreed;
  std::vector<std::string> documents, attributes, fees;
  std::optional<double> latitude, longitude;
};

// Puts the id of the call that `--call` means into the request: it may be ours, or what the exchange calls
// it. False where there is none, with the refusal in `status`. `call` stays empty where it cannot be read.
bool settle_call(Session& session, v1::LodgeCaseRequest* request, v1::Call* call,
                 grpc::Status* status);

class LodgeQuestions {
 public:
  // How questions ended.
  enum class Ending {
    kAnswered,
    kNoQuestion,  // what was refused is nothing that is asked
    kInputEnded,
    kRefused,  // told by refusal()
  };

  LodgeQuestions(Session& session, TypedLodging& typed);
  ~LodgeQuestions();
  LodgeQuestions(const LodgeQuestions&) = delete;
  LodgeQuestions& operator=(const LodgeQuestions&) = delete;

  // All that is missing; of what the service asks everything that was not given.
  Ending ask_all();
  // What the service requires and was not given.
  Ending ask_required();
  // Those the engine refused, with what it said of each.
  Ending ask_again(const Failure& failure);

  const grpc::Status& refusal() const { return refusal_; }

 private:
  // A question for one text or one choice of the request.
  struct Question {
    const char* field;  // as refusals name it
    const char* option;
    const char* label;
    bool required;
    std::string* value;
    Reader read;
  };

  bool put(const Question& question);
  Ending put_all(std::initializer_list<const char*> fields);
  const Question* question_of(const std::string& field) const;
  std::optional<std::string> answer_of(const Question& question);
  const std::vector<Entry>* choices_of(const std::string& field);
  Ending take_typed_call();
  Ending offer_call();
  Ending ask_attributes(bool required_only);
  Ending ask_of_new_service();
  void note_answer();
  std::string resend(bool same_request) const;
  bool ask(const v1::AskedAttribute& asked);
  bool is_answered(const std::string& code) const;
  void forget(const std::string& code);
  SentAnswers answers() const;
  const v1::ServiceGuide* guide();
  void tell(const std::string& label, const FieldViolation& violation, const std::string& wanted);

  Session& session_;
  TypedLodging& typed_;
  Prompts prompts_;
  std::vector<Question> questions_;
  std::vector<Entry> channels_;
  std::optional<v1::ServiceGuide> guide_;
  std::string guide_service_;  // which the guide is of
  bool answered_ = false;
  bool number_known_ = false;  // of the caller, by the call
  grpc::Status refusal_;
};

}  // namespace casewheel::cli
