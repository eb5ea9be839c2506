// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Directory} from "../../src/Directory.sol";
import {IAuthority} from "../../src/interfaces/IAuthority.sol";
import {IEmergencies} from "../../src/interfaces/IEmergencies.sol";

/// @notice What Emergencies does, in plain words: one struct per declaration, every one that was ever made.
abstract contract PlainEmergencies {
    struct Declaration {
        bytes22 commitment;
        uint256 declaredAt;
        uint256 until;
        uint8 reason;
        IEmergencies.Outcome outcome;
    }

    Directory internal immutable DIRECTORY;
    address private immutable CONSENTS;

    mapping(uint32 organization => mapping(uint8 slot => Declaration[])) private declarations;

    constructor(Directory directory, address consents) {
        DIRECTORY = directory;
        CONSENTS = consents;
    }

    function declareEmergency(uint8 slot, uint8 reason, uint8 boxHours, bytes32 commitment) external {
        uint48 pausedUntil = IAuthority(DIRECTORY.authority()).pausedUntil(CONSENTS, msg.sig);
        if (pausedUntil != 0) revert IAuthority.Authority_Paused(CONSENTS, msg.sig, pausedUntil);
        (uint32 organization, uint16 roles, uint8 quota) = DIRECTORY.operatorAt(msg.sender, uint48(block.timestamp));
        if (organization == 0) revert IEmergencies.Emergencies_NotOperator(msg.sender);
        if (roles % 2 == 0) revert IEmergencies.Emergencies_NotProvider(organization, roles);
        if (slot >= quota) revert IEmergencies.Emergencies_NoSuchSlot(organization, slot, quota);
        if (reason < 1 || reason > 5) revert IEmergencies.Emergencies_InvalidReason(reason);
        if (boxHours < 1 || boxHours > 24) revert IEmergencies.Emergencies_InvalidHours(boxHours);
        Declaration[] storage all = declarations[organization][slot];
        if (all.length > 0) {
            Declaration memory last = all[all.length - 1];
            if (last.outcome == IEmergencies.Outcome.Open) {
                revert IEmergencies.Emergencies_NotReviewed(organization, slot, uint32(last.declaredAt));
            }
            uint256 free = last.declaredAt + 86_400;
            if (block.timestamp < free) {
                revert IEmergencies.Emergencies_NotRefilled(organization, slot, uint32(free), uint32(block.timestamp));
            }
        }
        uint256 until = block.timestamp + uint256(boxHours) * 3_600;
        all.push(Declaration(bytes22(commitment), block.timestamp, until, reason, IEmergencies.Outcome.Open));
        emit IEmergencies.EmergencyDeclared(
            organization, slot, reason, uint32(block.timestamp), uint32(until), commitment
        );
    }

    function endEmergency(uint8 slot) external {
        (uint32 organization,,) = DIRECTORY.operatorAt(msg.sender, uint48(block.timestamp));
        if (organization == 0) revert IEmergencies.Emergencies_NotOperator(msg.sender);
        Declaration memory last = lastOf(organization, slot);
        if (block.timestamp >= last.until) {
            revert IEmergencies.Emergencies_NotOpen(organization, slot, uint32(last.until));
        }
        Declaration[] storage all = declarations[organization][slot];
        all[all.length - 1].until = block.timestamp;
        emit IEmergencies.EmergencyEnded(organization, slot, uint32(last.declaredAt), uint32(block.timestamp));
    }

    function reviewEmergency(uint32 organization, uint8 slot, uint32 declaredAt, IEmergencies.Outcome outcome)
        external
    {
        (uint32 reviewer, uint16 roles,) = DIRECTORY.operatorAt(msg.sender, uint48(block.timestamp));
        if (reviewer == 0) revert IEmergencies.Emergencies_NotOperator(msg.sender);
        bool ethicsBoard = (roles / 32) % 2 == 1;
        bool regulator = (roles / 128) % 2 == 1;
        if (!ethicsBoard && !regulator) revert IEmergencies.Emergencies_NotReviewer(reviewer, roles);
        if (reviewer == organization) revert IEmergencies.Emergencies_OwnReview(organization);
        if (outcome == IEmergencies.Outcome.Open) revert IEmergencies.Emergencies_InvalidOutcome(outcome);
        Declaration memory last = lastOf(organization, slot);
        if (last.declaredAt == 0 || last.declaredAt != declaredAt) {
            revert IEmergencies.Emergencies_OtherDeclaration(organization, slot, uint32(last.declaredAt), declaredAt);
        }
        if (block.timestamp < last.until) {
            revert IEmergencies.Emergencies_StillOpen(organization, slot, uint32(last.until));
        }
        if (last.outcome != IEmergencies.Outcome.Open) {
            revert IEmergencies.Emergencies_AlreadyReviewed(organization, slot, last.outcome);
        }
        Declaration[] storage all = declarations[organization][slot];
        all[all.length - 1].outcome = outcome;
        emit IEmergencies.EmergencyReviewed(organization, slot, declaredAt, outcome, reviewer);
    }

    function emergency(uint32 organization, uint8 slot) external view returns (IEmergencies.Emergency memory) {
        Declaration memory last = lastOf(organization, slot);
        return
            IEmergencies.Emergency(
                last.commitment, uint32(last.declaredAt), uint32(last.until), last.reason, last.outcome
            );
    }

    function isEmergency(uint32 organization, uint8 slot, bytes32 commitment, uint48 time)
        external
        view
        returns (bool)
    {
        Declaration memory last = lastOf(organization, slot);
        bool inside = last.declaredAt <= time && time < last.until;
        return inside && last.commitment == bytes22(commitment) && DIRECTORY.isActive(organization);
    }

    function overdue(uint32 organization) external view returns (uint256 slots) {
        for (uint256 slot = 0; slot < 256; slot++) {
            Declaration memory last = lastOf(organization, uint8(slot));
            bool late = last.declaredAt > 0 && block.timestamp >= last.declaredAt + 3 * 86_400;
            if (late && last.outcome == IEmergencies.Outcome.Open) slots += 2 ** slot;
        }
    }

    function lastOf(uint32 organization, uint8 slot) private view returns (Declaration memory last) {
        Declaration[] storage all = declarations[organization][slot];
        if (all.length > 0) last = all[all.length - 1];
    }
}
