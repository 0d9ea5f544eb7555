#include "engine/access/rights.h"

#include <algorithm>
#include <array>

namespace casewheel::access {
namespace {

using domain::role_bit;
using domain::RoleMask;

constexpr RoleMask kDesk = role_bit(stored::AGENT) | role_bit(stored::COUNTER_STAFF);
constexpr RoleMask kLead = role_bit(stored::SUPERVISOR) | role_bit(stored::UNIT_HEAD);
constexpr RoleMask kUnit = role_bit(stored::HANDLER) | kLead;
constexpr RoleMask kFeed = role_bit(stored::INTEGRATOR_ROLE);
constexpr RoleMask kStaff = kDesk | kUnit | kFeed;
constexpr RoleMask kAuditor = role_bit(stored::AUDITOR);
constexpr RoleMask kObserver = role_bit(stored::OBSERVER);  // figures, and no case's content
constexpr RoleMask kAdministrator = role_bit(stored::ADMINISTRATOR);
// Runs the installation: backups, the clock, proofs and figures; no case, account or rule.
constexpr RoleMask kOperator = role_bit(stored::OPERATOR);

// By name. Whether a case is in a state that allows the action is the life cycle's to say
// (engine/domain/lifecycle.cc), which narrows these further, never widens them. What decides on dates
// holds for no case in one's own hands: who has to keep a date does not move it.
constexpr std::array kRights = {
    Right{"access.manage", kAdministrator, "管理帳號與金鑰", "manage accounts and keys",
          Scope::kInstallation},
    Right{"attachments.read", kStaff, "下載附件", "download attachments", Scope::kTenant,
          OnRecord::kBeforeShown},
    Right{"audit.read", kAuditor, "查閱稽核紀錄", "read the audit trail", Scope::kInstallation},
    Right{"calendars.apply", kAdministrator, "變更辦公日曆", "change calendars",
          Scope::kInstallation},
    Right{"calendars.simulate", kLead | kAdministrator, "試算期限規則",
          "replay cases under other rules"},
    Right{"calls.handle", kDesk | kLead, "話後處理", "wrap up a call"},
    Right{"calls.read", kDesk | kLead | kAuditor, "查閱通話紀錄", "read the record of calls"},
    Right{"calls.record", kDesk | kFeed, "登錄通話事件",
          "record what the exchange tells of a call"},
    Right{"calls.watch", kDesk | kLead, "來電彈屏", "see who is ringing", Scope::kTenant,
          OnRecord::kBeforeShown},
    Right{"cases.accept", kUnit | kFeed, "接案", "take on a case"},
    Right{"cases.act", kStaff, "處理案件", "act on a case"},
    Right{"cases.find_person", kDesk | kUnit, "依當事人查案", "look up a person's cases",
          Scope::kTenant, OnRecord::kBeforeShown},
    Right{"cases.lodge", kStaff, "受理案件", "lodge a case"},
    Right{"cases.read", kStaff | kAuditor, "查閱案件", "read cases"},
    Right{"cases.request_extension", kUnit | kFeed, "申請展延", "ask for an extension"},
    Right{"cases.suspend", kUnit | kFeed, "停止計時", "suspend a case"},
    Right{"catalogue.apply", kAdministrator, "變更目錄與政策", "change tenants, units and policies",
          Scope::kInstallation},
    Right{"engine.backup", kAdministrator | kOperator, "備份", "back up", Scope::kInstallation,
          OnRecord::kBeforeDone},
    Right{"engine.operate", kAdministrator | kOperator, "調整引擎時間", "set the engine's clock",
          Scope::kInstallation},
    Right{"engine.verify", kAdministrator | kOperator | kAuditor, "驗證資料",
          "verify what is stored", Scope::kInstallation},
    Right{"intake.feed", kFeed, "批次進件", "feed cases in bulk"},
    Right{"privacy.erase", kAdministrator, "刪除個人資料", "erase personal data", Scope::kTenant,
          OnRecord::kBeforeDone},
    Right{"privacy.export", kLead | kAdministrator, "匯出當事人資料",
          "export what is held on a person", Scope::kTenant, OnRecord::kBeforeShown},
    Right{"privacy.reveal", kDesk | kUnit, "顯示個人資料", "see personal data unmasked",
          Scope::kTenant, OnRecord::kBeforeShown},
    Right{"statistics.read", kLead | kAuditor | kAdministrator | kOperator | kObserver, "查閱統計",
          "read figures"},
    Right{"supervision.decide", kLead, "核定展延", "extend dates and decide on extensions",
          Scope::kTenant, OnRecord::kSoon, false},
    Right{"supervision.read", kDesk | kUnit | kAuditor | kObserver, "查看逾期看板",
          "see what is overdue"},
    Right{"supervision.acknowledge", kUnit, "確認稽催", "acknowledge escalations"},
};

struct Named {
  stored::Role role;
  std::string_view name;
};
constexpr std::array kRoles = {
    Named{stored::AGENT, "agent"},         Named{stored::COUNTER_STAFF, "counter"},
    Named{stored::HANDLER, "handler"},     Named{stored::SUPERVISOR, "supervisor"},
    Named{stored::UNIT_HEAD, "unit_head"}, Named{stored::INTEGRATOR_ROLE, "integrator"},
    Named{stored::AUDITOR, "auditor"},     Named{stored::ADMINISTRATOR, "administrator"},
    Named{stored::APPLICANT, "applicant"}, Named{stored::OPERATOR, "operator"},
    Named{stored::OBSERVER, "observer"},
};

}  // namespace

std::span<const Right> rights() { return kRights; }

const Right* find_right(std::string_view name) {
  const auto found = std::find_if(kRights.begin(), kRights.end(),
                                  [name](const Right& right) { return right.name == name; });
  return found == kRights.end() ? nullptr : &*found;
}

std::string_view role_name(stored::Role role) {
  const auto found = std::find_if(kRoles.begin(), kRoles.end(),
                                  [role](const Named& named) { return named.role == role; });
  return found == kRoles.end() ? "engine" : found->name;
}

stored::Role role_named(std::string_view name) {
  const auto found = std::find_if(kRoles.begin(), kRoles.end(),
                                  [name](const Named& named) { return named.name == name; });
  return found == kRoles.end() ? stored::ROLE_UNSPECIFIED : found->role;
}

}  // namespace casewheel::access
