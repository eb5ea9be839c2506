// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "./interfaces/IAuthority.sol";
import {IDirectory} from "./interfaces/IDirectory.sol";
import {IPausable} from "./interfaces/IPausable.sol";
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @title Authority
/// @notice See IAuthority.
contract Authority is IAuthority, AccessManager {
    /// @dev One slot. The cool-down follows from the end.
    struct Pause {
        uint48 until;
        bytes4 scope;
    }

    /// @dev One slot.
    struct Succession {
        address successor;
        uint48 from;
    }

    /// @inheritdoc IAuthority
    uint64 public constant override COUNCIL = 1;
    /// @inheritdoc IAuthority
    uint64 public constant override GUARDIAN = 2;
    /// @inheritdoc IAuthority
    uint64 public constant override COUNCIL_AT_ONCE = 3;

    /// @inheritdoc IAuthority
    uint48 public constant override PAUSE = 72 hours;
    /// @inheritdoc IAuthority
    uint48 public constant override COOL_DOWN = 7 days;
    /// @inheritdoc IAuthority
    uint48 public constant override NOTICE = 90 days;

    /// @inheritdoc IAuthority
    string public constant override version = "1.0.0";

    /// @dev One pause per contract: were there one per verb, the guardian could chain "this verb" and "all".
    mapping(address target => Pause) private _pauses;
    mapping(address core => Succession) private _successions;

    /// @param setup Who holds which role, and the delays. Everything is in force when the contract is there: no deployer
    /// keeps a right, and there is no moment before the delays.
    constructor(Setup memory setup) AccessManager(setup.council) {
        _grantRole(ADMIN_ROLE, setup.council, 0, setup.adminDelay);
        _grantRole(COUNCIL, setup.council, 0, setup.councilDelay);
        _grantRole(COUNCIL_AT_ONCE, setup.council, 0, 0);
        _grantRole(GUARDIAN, setup.guardian, 0, 0);
        emit RoleLabel(COUNCIL, "COUNCIL");
        emit RoleLabel(GUARDIAN, "GUARDIAN");
        emit RoleLabel(COUNCIL_AT_ONCE, "COUNCIL_AT_ONCE");

        _setTargetFunctionRole(setup.directory, IDirectory.admit.selector, COUNCIL);
        _setTargetFunctionRole(setup.directory, IDirectory.reinstate.selector, COUNCIL);
        _setTargetFunctionRole(setup.directory, IDirectory.setRoles.selector, COUNCIL);
        _setTargetFunctionRole(setup.directory, IDirectory.setEmergencyQuota.selector, COUNCIL);
        _setTargetFunctionRole(setup.directory, IDirectory.replaceOperator.selector, COUNCIL);
        _setTargetFunctionRole(setup.directory, IDirectory.suspend.selector, COUNCIL_AT_ONCE);
        _setTargetFunctionRole(address(this), IAuthority.announceSuccessor.selector, COUNCIL);
        _setTargetFunctionRole(address(this), IAuthority.unpause.selector, COUNCIL_AT_ONCE);
        _setTargetFunctionRole(address(this), IAuthority.renewPause.selector, COUNCIL_AT_ONCE);
        _setTargetFunctionRole(address(this), IAuthority.pause.selector, GUARDIAN);
    }

    /// @inheritdoc IAuthority
    function pause(address target, bytes4 scope, bytes32 reason) external override onlyAuthorized {
        uint48 last = _pauses[target].until;
        if (last != 0 && block.timestamp < last + COOL_DOWN) revert Authority_CoolingDown(target, last + COOL_DOWN);
        _pause(target, scope, reason);
    }

    /// @inheritdoc IAuthority
    function renewPause(address target, bytes4 scope, bytes32 reason) external override onlyAuthorized {
        _requirePaused(target);
        _pause(target, scope, reason);
    }

    /// @inheritdoc IAuthority
    function unpause(address target) external override onlyAuthorized {
        _requirePaused(target);
        uint48 until = uint48(block.timestamp);
        _pauses[target].until = until;
        emit TargetUnpaused(target, until);
    }

    /// @inheritdoc IAuthority
    function announceSuccessor(address core, address successor, uint48 from) external override onlyAuthorized {
        Succession memory before = _successions[core];
        if (before.from != 0 && before.from <= block.timestamp) {
            revert Authority_AlreadySucceeded(core, before.successor, before.from);
        }
        if (successor == address(0)) {
            from = 0;
        } else {
            uint48 earliest = uint48(block.timestamp) + NOTICE;
            if (from < earliest) revert Authority_NoticeTooShort(core, from, earliest);
        }
        _successions[core] = Succession({successor: successor, from: from});
        emit SuccessorAnnounced(core, successor, from);
    }

    /// @inheritdoc IAuthority
    function pausedUntil(address target, bytes4 selector) external view override returns (uint48) {
        Pause memory found = _pauses[target];
        bool covered = found.scope == 0 || found.scope == selector;
        if (!covered || found.until <= block.timestamp) return 0;
        return IPausable(target).isPausable(selector) ? found.until : 0;
    }

    /// @inheritdoc IAuthority
    function successorOf(address core) external view override returns (address successor, uint48 from) {
        Succession memory found = _successions[core];
        return (found.successor, found.from);
    }

    /// @dev The guardian cancels whatever is scheduled, ADMIN_ROLE's operations too, to which the AccessManager lets no
    /// guardian be named. Its own dismissal it cannot hold up.
    function _canCancel(address caller, address target, bytes calldata data) internal view override returns (bool) {
        if (super._canCancel(caller, target, data)) return true;
        (bool isGuardian,) = hasRole(GUARDIAN, msg.sender);
        return isGuardian && !_dismissesGuardian(target, data);
    }

    function _dismissesGuardian(address target, bytes calldata data) private view returns (bool) {
        if (target != address(this) || bytes4(data) != this.revokeRole.selector) return false;
        (uint64 role,) = abi.decode(data[4:], (uint64, address));
        return role == GUARDIAN;
    }

    function _requirePaused(address target) private view {
        if (_pauses[target].until <= block.timestamp) revert Authority_NotPaused(target);
    }

    function _pause(address target, bytes4 scope, bytes32 reason) private {
        if (scope != 0 && !IPausable(target).isPausable(scope)) revert Authority_NotPausable(target, scope);
        uint48 until = uint48(block.timestamp) + PAUSE;
        _pauses[target] = Pause({until: until, scope: scope});
        emit TargetPaused(target, scope, until, reason, msg.sender);
    }
}
