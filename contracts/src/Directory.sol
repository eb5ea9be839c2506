// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDirectory} from "./interfaces/IDirectory.sol";
import {OperatorWord, OperatorWordLibrary} from "./libraries/OperatorWord.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

/// @title Directory
/// @notice See IDirectory.
contract Directory is IDirectory, AccessManaged {
    /// @dev One slot. The end of the operator key is kept with the key.
    struct Record {
        address operator;
        uint16 roles;
        uint16 jurisdiction;
        Status status;
        uint48 since;
    }

    /// @inheritdoc IDirectory
    string public constant override version = "1.0.0";

    /// @inheritdoc IDirectory
    uint32 public override organizationCount;

    mapping(uint32 id => Record) private _records;
    mapping(uint32 id => bytes32) private _profileHashes;
    /// @dev Answers `organizationOf` with one read: it repeats the suspension of the organisation. It stays when the key
    /// retires, without an end.
    mapping(address operator => OperatorWord) private _operators;

    /// @param authority The AccessManager that says who admits, suspends and sets roles.
    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IDirectory
    function admit(
        uint16 roles,
        uint16 jurisdiction,
        address operator,
        uint48 operatorUntil,
        bytes32 profileHash,
        string calldata profileUrl
    ) external override restricted returns (uint32 id) {
        if (jurisdiction == 0 || jurisdiction > 999) {
            revert Directory_InvalidJurisdiction(jurisdiction);
        }
        id = ++organizationCount;
        _install(id, operator, operatorUntil, false);
        _records[id] = Record({
            operator: operator,
            roles: roles,
            jurisdiction: jurisdiction,
            status: Status.Active,
            since: uint48(block.timestamp)
        });
        _profileHashes[id] = profileHash;
        emit OrganizationAdmitted(id, operator, roles, jurisdiction, operatorUntil, profileHash, profileUrl);
    }

    /// @inheritdoc IDirectory
    function suspend(uint32 id) external override restricted {
        _setStatus(id, Status.Active, Status.Suspended);
        emit OrganizationSuspended(id);
    }

    /// @inheritdoc IDirectory
    function reinstate(uint32 id) external override restricted {
        _setStatus(id, Status.Suspended, Status.Active);
        emit OrganizationReinstated(id);
    }

    /// @inheritdoc IDirectory
    function setRoles(uint32 id, uint16 roles) external override restricted {
        _known(id).roles = roles;
        emit RolesChanged(id, roles);
    }

    /// @inheritdoc IDirectory
    function replaceOperator(uint32 id, address newOperator, uint48 operatorUntil) external override restricted {
        _rotate(id, _known(id), newOperator, operatorUntil);
    }

    /// @inheritdoc IDirectory
    function rotateOperator(address newOperator, uint48 operatorUntil) external override {
        uint32 id = _callerOrganization();
        _rotate(id, _records[id], newOperator, operatorUntil);
    }

    /// @inheritdoc IDirectory
    function setProfile(bytes32 profileHash, string calldata profileUrl) external override {
        uint32 id = _callerOrganization();
        _profileHashes[id] = profileHash;
        emit ProfileChanged(id, profileHash, profileUrl);
    }

    /// @inheritdoc IDirectory
    function organizationOf(address operator) public view override returns (uint32) {
        return _operators[operator].organizationAt(block.timestamp);
    }

    /// @inheritdoc IDirectory
    function operatorAt(address operator, uint48 time)
        external
        view
        override
        returns (uint32 id, uint16 roles, uint8 emergencyQuota)
    {
        id = _operators[operator].organizationAt(time);
        if (id != 0) roles = _records[id].roles;
        if (roles & 1 != 0) emergencyQuota = 16;
    }

    /// @inheritdoc IDirectory
    function isActive(uint32 id) external view override returns (bool) {
        return _records[id].status == Status.Active;
    }

    /// @inheritdoc IDirectory
    function hasRole(uint32 id, uint8 role) external view override returns (bool) {
        Record storage entry = _records[id];
        return entry.status == Status.Active && (uint256(entry.roles) >> role) & 1 == 1;
    }

    /// @inheritdoc IDirectory
    function organization(uint32 id) external view override returns (Organization memory) {
        Record memory entry = _records[id];
        return Organization({
            roles: entry.roles,
            jurisdiction: entry.jurisdiction,
            status: entry.status,
            since: entry.since,
            operator: entry.operator,
            operatorUntil: _operators[entry.operator].until(),
            profileHash: _profileHashes[id]
        });
    }

    /// @dev The caller's organisation; a suspended one, or one whose key has ended, cannot act.
    function _callerOrganization() private view returns (uint32 id) {
        id = organizationOf(msg.sender);
        if (id == 0) revert Directory_NotOperator(msg.sender);
    }

    function _known(uint32 id) private view returns (Record storage entry) {
        entry = _records[id];
        if (entry.status == Status.None) revert Directory_UnknownOrganization(id);
    }

    function _setStatus(uint32 id, Status expected, Status next) private {
        Record storage entry = _known(id);
        if (entry.status != expected) revert Directory_WrongStatus(id, entry.status, expected);
        entry.status = next;
        address operator = entry.operator;
        _operators[operator] = OperatorWordLibrary.pack(id, _operators[operator].until(), next == Status.Suspended);
    }

    /// @dev Retires the present key and installs the next; the same key again is renewed. Suspension stays as it is.
    function _rotate(uint32 id, Record storage entry, address newOperator, uint48 operatorUntil) private {
        address oldOperator = entry.operator;
        bool suspended = entry.status == Status.Suspended;
        if (newOperator == oldOperator) {
            _requireFuture(operatorUntil);
            _operators[oldOperator] = OperatorWordLibrary.pack(id, operatorUntil, suspended);
        } else {
            _install(id, newOperator, operatorUntil, suspended);
            _operators[oldOperator] = OperatorWordLibrary.pack(id, 0, suspended);
            entry.operator = newOperator;
        }
        emit OperatorRotated(id, oldOperator, newOperator, operatorUntil);
    }

    function _install(uint32 id, address operator, uint48 operatorUntil, bool suspended) private {
        if (operator == address(0)) revert Directory_InvalidOperator(operator);
        _requireFuture(operatorUntil);
        uint32 holder = _operators[operator].id();
        if (holder != 0) revert Directory_OperatorTaken(operator, holder);
        _operators[operator] = OperatorWordLibrary.pack(id, operatorUntil, suspended);
    }

    function _requireFuture(uint48 operatorUntil) private view {
        if (operatorUntil <= block.timestamp) revert Directory_InvalidExpiry(operatorUntil, uint48(block.timestamp));
    }
}
