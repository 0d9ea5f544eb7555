// One overload per action: what must hold, then what happens. decide() has already found the row of
// the life cycle that allows it. Nothing outside engine/domain includes this.
#pragma once

#include <optional>

#include "engine/domain/decider.h"

namespace casewheel::domain {

using Checked = std::optional<Rejection>;  // why not; empty when done

// A breach that was told is not taken back by who handles the case, or handled it while its clocks ran,
// whatever else the act is.
Checked check_takes_back_no_breach(const Decider& d);

Checked act(Decider& d, const Transition& row, const Assign& a);
Checked act(Decider& d, const Transition& row, const Accept& a);
Checked act(Decider& d, const Transition& row, const Transfer& a);
Checked act(Decider& d, const Transition& row, const Note& a);
Checked act(Decider& d, const Transition& row, const RequestDocuments& a);
Checked act(Decider& d, const Transition& row, const ReceiveDocuments& a);
Checked act(Decider& d, const Transition& row, const Reply& a);
Checked act(Decider& d, const Transition& row, const AgreeDate& a);
Checked act(Decider& d, const Transition& row, const Close& a);
Checked act(Decider& d, const Transition& row, const Reopen& a);
Checked act(Decider& d, const Transition& row, const Withdraw& a);
Checked act(Decider& d, const Transition& row, const Merge& a);
Checked act(Decider& d, const Transition& row, const PrepareMerge& a);
Checked act(Decider& d, const Transition& row, const ReleaseMerge& a);
Checked act(Decider& d, const Transition& row, const AttachDuplicate& a);
Checked act(Decider& d, const Transition& row, const Unmerge& a);
Checked act(Decider& d, const Transition& row, const DetachDuplicate& a);
Checked act(Decider& d, const Transition& row, const SettleUnmerge& a);
Checked act(Decider& d, const Transition& row, const AcknowledgeEscalation& a);
Checked act(Decider& d, const Transition& row, const ExtendClock& a);
Checked act(Decider& d, const Transition& row, const Suspend& a);
Checked act(Decider& d, const Transition& row, const Resume& a);
Checked act(Decider& d, const Transition& row, const Reclassify& a);
Checked act(Decider& d, const Transition& row, const Correct& a);
Checked act(Decider& d, const Transition& row, const RequestExtension& a);
Checked act(Decider& d, const Transition& row, const DecideExtension& a);
Checked act(Decider& d, const Transition& row, const Erase& a);
Checked act(Decider& d, const Transition& row, const IssueTrackingCode& a);
Checked act(Decider& d, const Transition& row, const UseTrackingCode& a);
Checked act(Decider& d, const Transition& row, const AddAttachment& a);
Checked act(Decider& d, const Transition& row, const RemoveAttachment& a);
Checked act(Decider& d, const Transition& row, const RecordFee& a);

// The instant an action counts from: as stated (reported afterwards) or when the request arrived.
Result<TimeMs> action_instant(const char* field, TimeMs stated, Decider& d);

// Whether a date may be agreed upon at `after_ms`.
std::optional<Rejection> check_agreed(TimeMs agreed_ms, TimeMs after_ms);

// Why the case may not end now: a merge into it, or the undoing of one, is between two of its steps.
Checked merge_under_way(const Decider& d);

void wait_for_no_documents(Decider& d);
void end_suspension(Decider& d, TimeMs to_ms);

inline constexpr std::uint32_t kMissingDocumentsMax = 64;

}  // namespace casewheel::domain
