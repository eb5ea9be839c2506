// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ScopedPause} from "./ScopedPause.sol";
import {IDirectory} from "./interfaces/IDirectory.sol";
import {IEmergencies} from "./interfaces/IEmergencies.sol";
import {EmergencyWord, EmergencyWordLibrary} from "./libraries/EmergencyWord.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

/// @title Emergencies
/// @notice See IEmergencies. The part of Consents that is about access without consent.
abstract contract Emergencies is IEmergencies, ScopedPause {
    uint16 private constant PROVIDER = 1 << 0;
    uint16 private constant REVIEWERS = (1 << 5) | (1 << 7);
    /// @dev Length of the table of reasons in `spec/codes.json`.
    uint8 private constant REASONS = 5;
    uint8 private constant MAX_HOURS = 24;
    uint32 private constant REFILL = 24 hours;
    uint32 private constant REVIEW_WITHIN = 72 hours;

    /// @dev One storage slot. A struct, so that a verb works out once where it lies.
    struct Slot {
        EmergencyWord word;
    }

    /// @dev One level of mapping costs less to look up than two; for the key see `_key`.
    mapping(uint256 organizationAndSlot => Slot) private _slots;

    /// @inheritdoc IEmergencies
    function declareEmergency(uint8 slot, uint8 reason, uint8 boxHours, bytes32 commitment) external override pausable {
        uint32 time = uint32(block.timestamp);
        (uint32 organization, uint16 roles, uint8 quota) = _directory().operatorAt(msg.sender, time);
        if (organization == 0) revert Emergencies_NotOperator(msg.sender);
        // A laboratory or a pharmacy does not treat: whoever does in an emergency is a provider.
        if (roles & PROVIDER == 0) revert Emergencies_NotProvider(organization, roles);
        if (slot >= quota) revert Emergencies_NoSuchSlot(organization, slot, quota);
        if (reason == 0 || reason > REASONS) revert Emergencies_InvalidReason(reason);
        if (boxHours == 0 || boxHours > MAX_HOURS) revert Emergencies_InvalidHours(boxHours);

        Slot storage place = _slots[_key(organization, slot)];
        EmergencyWord last = place.word;
        uint32 declaredAt = last.declaredAt();
        if (declaredAt != 0) {
            if (last.outcome() == Outcome.Open) revert Emergencies_NotReviewed(organization, slot, declaredAt);
            if (time < declaredAt + REFILL) {
                revert Emergencies_NotRefilled(organization, slot, declaredAt + REFILL, time);
            }
        }
        uint32 until = time + uint32(boxHours) * 1 hours;
        place.word = EmergencyWordLibrary.pack(commitment, reason, time, until);
        emit EmergencyDeclared(organization, slot, reason, time, until, commitment);
    }

    /// @inheritdoc IEmergencies
    function endEmergency(uint8 slot) external override {
        uint32 time = uint32(block.timestamp);
        uint32 organization = _directory().organizationOf(msg.sender);
        if (organization == 0) revert Emergencies_NotOperator(msg.sender);
        Slot storage place = _slots[_key(organization, slot)];
        EmergencyWord current = place.word;
        if (time >= current.until()) revert Emergencies_NotOpen(organization, slot, current.until());
        place.word = current.withUntil(time);
        emit EmergencyEnded(organization, slot, current.declaredAt(), time);
    }

    /// @inheritdoc IEmergencies
    function reviewEmergency(uint32 organization, uint8 slot, uint32 declaredAt, Outcome outcome) external override {
        (uint32 reviewer, uint16 roles,) = _directory().operatorAt(msg.sender, uint48(block.timestamp));
        if (reviewer == 0) revert Emergencies_NotOperator(msg.sender);
        if (roles & REVIEWERS == 0) revert Emergencies_NotReviewer(reviewer, roles);
        if (reviewer == organization) revert Emergencies_OwnReview(organization);
        if (outcome == Outcome.Open) revert Emergencies_InvalidOutcome(outcome);

        Slot storage place = _slots[_key(organization, slot)];
        EmergencyWord current = place.word;
        if (declaredAt == 0 || current.declaredAt() != declaredAt) {
            revert Emergencies_OtherDeclaration(organization, slot, current.declaredAt(), declaredAt);
        }
        if (block.timestamp < current.until()) revert Emergencies_StillOpen(organization, slot, current.until());
        if (current.outcome() != Outcome.Open) {
            revert Emergencies_AlreadyReviewed(organization, slot, current.outcome());
        }
        place.word = current.withOutcome(outcome);
        emit EmergencyReviewed(organization, slot, declaredAt, outcome, reviewer);
    }

    /// @inheritdoc IEmergencies
    function emergency(uint32 organization, uint8 slot) external view override returns (Emergency memory) {
        EmergencyWord word = _slots[_key(organization, slot)].word;
        return Emergency({
            commitment: word.commitment(),
            declaredAt: word.declaredAt(),
            until: word.until(),
            reason: word.reason(),
            outcome: word.outcome()
        });
    }

    /// @inheritdoc IEmergencies
    function isEmergency(uint32 organization, uint8 slot, bytes32 commitment, uint48 time)
        external
        view
        override
        returns (bool)
    {
        EmergencyWord word = _slots[_key(organization, slot)].word;
        return word.commitment() == bytes22(commitment) && word.declaredAt() <= time && time < word.until()
            && _directory().isActive(organization);
    }

    /// @inheritdoc IEmergencies
    function overdue(uint32 organization) external view override returns (uint256 slots) {
        // All slots, also those beyond a quota that has since been lowered.
        for (uint256 slot; slot <= type(uint8).max; slot++) {
            EmergencyWord word = _slots[_key(organization, uint8(slot))].word;
            uint32 declaredAt = word.declaredAt();
            bool waits = declaredAt != 0 && word.outcome() == Outcome.Open;
            if (waits && block.timestamp >= uint256(declaredAt) + REVIEW_WITHIN) slots |= 1 << slot;
        }
    }

    /// @dev Declaring can be paused; ending and reviewing, and whatever refuses, cannot.
    function isPausable(bytes4 selector) external pure override returns (bool) {
        return selector == IEmergencies.declareEmergency.selector;
    }

    /// @dev The consortium's: asked only when an emergency is declared.
    function _pauseAuthority() internal view override returns (address) {
        return IAccessManaged(address(_directory())).authority();
    }

    /// @dev Where operators, roles and quotas are looked up.
    function _directory() internal view virtual returns (IDirectory);

    function _key(uint32 organization, uint8 slot) private pure returns (uint256) {
        return (uint256(organization) << 8) | slot;
    }
}
