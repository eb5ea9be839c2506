// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ScopedPause} from "./ScopedPause.sol";
import {IDirectory} from "./interfaces/IDirectory.sol";
import {OperatorWord, OperatorWordLibrary} from "./libraries/OperatorWord.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

/// @title Directory
/// @notice See IDirectory.
contract Directory is IDirectory, AccessManaged, ScopedPause {
    /// @dev One slot. The term of the operator key is kept with the key.
    struct Record {
        address operator;
        uint16 roles;
        uint16 jurisdiction;
        Status status;
        uint48 since;
        uint8 emergencyQuota;
    }

    /// @dev One slot.
    struct Proposal {
        address operator;
        uint48 until;
    }

    uint16 private constant PROVIDER = 1;
    uint8 private constant PROVIDER_QUOTA = 16;

    /// @inheritdoc IDirectory
    uint48 public constant override MAX_OPERATOR_LIFE = 1096 days;

    /// @inheritdoc IDirectory
    string public constant override version = "1.0.0";

    /// @inheritdoc IDirectory
    uint32 public override organizationCount;
    /// @dev With the authority, the count above and the epoch in one slot, which these verbs read anyway.
    uint32 private _active;
    uint24 private _epoch;

    mapping(uint32 id => Record) private _records;
    mapping(uint32 id => bytes32) private _profileHashes;
    mapping(uint32 id => Proposal) private _proposals;
    /// @dev Answers `organizationOf` and `operatorAt` with one read: it repeats roles, quota and suspension of the
    /// organisation. It stays when the key retires.
    mapping(address operator => OperatorWord) private _operators;

    /// @param authority The Authority that says who admits, suspends and sets roles.
    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IDirectory
    function admit(
        uint16 roles,
        uint16 jurisdiction,
        address operator,
        uint48 operatorUntil,
        bytes32 profileHash,
        string calldata profileUrl
    ) external override restricted pausable returns (uint32 id) {
        if (jurisdiction == 0 || jurisdiction > 999) {
            revert Directory_InvalidJurisdiction(jurisdiction);
        }
        _requireFree(operator);
        _requireTerm(operatorUntil);
        id = ++organizationCount;
        ++_active;
        uint40 time = uint40(block.timestamp);
        uint8 quota = roles & PROVIDER != 0 ? PROVIDER_QUOTA : 0;
        _operators[operator] = OperatorWordLibrary.pack(id, time, uint40(operatorUntil), roles, time, quota);
        _records[id] = Record({
            operator: operator,
            roles: roles,
            jurisdiction: jurisdiction,
            status: Status.Active,
            since: time,
            emergencyQuota: quota
        });
        _profileHashes[id] = profileHash;
        emit OrganizationAdmitted(id, operator, roles, jurisdiction, operatorUntil, profileHash, profileUrl);
        if (quota != 0) emit EmergencyQuotaChanged(id, quota);
    }

    /// @inheritdoc IDirectory
    function suspend(uint32 id) external override restricted {
        Record storage entry = _inStatus(id, Status.Active);
        entry.status = Status.Suspended;
        (_active, _epoch) = (_active - 1, _epoch + 1);
        address operator = entry.operator;
        _operators[operator] = _operators[operator].suspend(uint40(block.timestamp));
        emit OrganizationSuspended(id);
    }

    /// @inheritdoc IDirectory
    function reinstate(uint32 id) external override restricted {
        Record storage entry = _inStatus(id, Status.Suspended);
        entry.status = Status.Active;
        ++_active;
        address operator = entry.operator;
        _operators[operator] = _operators[operator].reinstate(uint40(block.timestamp));
        emit OrganizationReinstated(id);
    }

    /// @inheritdoc IDirectory
    function setRoles(uint32 id, uint16 roles) external override restricted {
        Record storage entry = _known(id);
        entry.roles = roles;
        address operator = entry.operator;
        _operators[operator] = _operators[operator].withRoles(roles, uint40(block.timestamp));
        emit RolesChanged(id, roles);
        if (roles & PROVIDER == 0 && entry.emergencyQuota != 0) _setQuota(id, entry, 0);
    }

    /// @inheritdoc IDirectory
    function setEmergencyQuota(uint32 id, uint8 quota) external override restricted {
        _setQuota(id, _known(id), quota);
    }

    /// @inheritdoc IDirectory
    function replaceOperator(uint32 id, address newOperator, uint48 operatorUntil) external override restricted {
        Record storage entry = _known(id);
        address operator = entry.operator;
        OperatorWord word = _operators[operator];
        if (newOperator == operator) _renew(id, operator, word, operatorUntil);
        else _handOver(id, entry, word, newOperator, operatorUntil);
    }

    /// @inheritdoc IDirectory
    function proposeOperator(address newOperator, uint48 operatorUntil) external override {
        uint32 id = _callerOrganization();
        _requireFree(newOperator);
        _requireTerm(operatorUntil);
        _proposals[id] = Proposal({operator: newOperator, until: operatorUntil});
        emit OperatorProposed(id, newOperator, operatorUntil);
    }

    /// @inheritdoc IDirectory
    function withdrawOperatorProposal() external override {
        uint32 id = _callerOrganization();
        address newOperator = _proposals[id].operator;
        if (newOperator == address(0)) return;
        delete _proposals[id];
        emit OperatorProposalWithdrawn(id, newOperator);
    }

    /// @inheritdoc IDirectory
    function acceptOperator(uint32 id) external override pausable {
        Proposal memory proposal = _proposals[id];
        if (msg.sender != proposal.operator) revert Directory_NotProposed(id, proposal.operator, msg.sender);
        Record storage entry = _records[id];
        address proposer = entry.operator;
        OperatorWord word = _operators[proposer];
        if (word.organizationNow(block.timestamp) != id) revert Directory_ProposerEnded(id, proposer);
        _handOver(id, entry, word, msg.sender, proposal.until);
    }

    /// @inheritdoc IDirectory
    function renewOperator(uint48 operatorUntil) external override {
        OperatorWord word = _operators[msg.sender];
        _renew(_requireActing(word), msg.sender, word, operatorUntil);
    }

    /// @inheritdoc IDirectory
    function setProfile(bytes32 profileHash, string calldata profileUrl) external override {
        uint32 id = _callerOrganization();
        _profileHashes[id] = profileHash;
        emit ProfileChanged(id, profileHash, profileUrl);
    }

    /// @inheritdoc IDirectory
    function organizationOf(address operator) external view override returns (uint32) {
        return _operators[operator].organizationNow(block.timestamp);
    }

    /// @inheritdoc IDirectory
    function operatorAt(address operator, uint48 time) external view override returns (uint32, uint16, uint8) {
        return _operators[operator].operatorAt(time);
    }

    /// @inheritdoc IDirectory
    function ownerOf(address operator) external view override returns (uint32) {
        return _operators[operator].id();
    }

    /// @inheritdoc IDirectory
    function proposedOperator(uint32 id) external view override returns (address newOperator, uint48 operatorUntil) {
        Proposal memory proposal = _proposals[id];
        return (proposal.operator, proposal.until);
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
            emergencyQuota: entry.emergencyQuota,
            profileHash: _profileHashes[id]
        });
    }

    /// @inheritdoc IDirectory
    function membership() external view override returns (uint32 active, uint32 epoch) {
        return (_active, _epoch);
    }

    /// @inheritdoc ScopedPause
    function isPausable(bytes4 selector) external pure override returns (bool) {
        return selector == this.admit.selector || selector == this.acceptOperator.selector;
    }

    function _pauseAuthority() internal view override returns (address) {
        return authority();
    }

    function _callerOrganization() private view returns (uint32) {
        return _requireActing(_operators[msg.sender]);
    }

    /// @dev The organisation of the caller, whose word this is; a suspended one, or one whose key has ended, cannot act.
    function _requireActing(OperatorWord word) private view returns (uint32 id) {
        id = word.organizationNow(block.timestamp);
        if (id == 0) revert Directory_NotOperator(msg.sender);
    }

    function _known(uint32 id) private view returns (Record storage entry) {
        entry = _records[id];
        if (entry.status == Status.None) revert Directory_UnknownOrganization(id);
    }

    function _inStatus(uint32 id, Status expected) private view returns (Record storage entry) {
        entry = _known(id);
        if (entry.status != expected) revert Directory_WrongStatus(id, entry.status, expected);
    }

    function _setQuota(uint32 id, Record storage entry, uint8 quota) private {
        entry.emergencyQuota = quota;
        _operators[entry.operator] = _operators[entry.operator].withQuota(quota);
        emit EmergencyQuotaChanged(id, quota);
    }

    /// @dev Sets the end of the present key. One that had ended begins anew: it did not act in between.
    function _renew(uint32 id, address operator, OperatorWord word, uint48 operatorUntil) private {
        _requireTerm(operatorUntil);
        uint40 from = word.until() <= block.timestamp ? uint40(block.timestamp) : word.from();
        _operators[operator] = word.withTerm(from, uint40(operatorUntil));
        emit OperatorRotated(id, operator, operator, operatorUntil);
    }

    /// @dev Retires the present key and installs the next, with the roles, the quota and a lasting suspension.
    function _handOver(uint32 id, Record storage entry, OperatorWord word, address newOperator, uint48 operatorUntil)
        private
    {
        _requireFree(newOperator);
        _requireTerm(operatorUntil);
        uint40 time = uint40(block.timestamp);
        address oldOperator = entry.operator;
        _operators[newOperator] = word.handOver(time, uint40(operatorUntil));
        if (word.until() > time) _operators[oldOperator] = word.withTerm(word.from(), time);
        entry.operator = newOperator;
        // An offer by the key that retires is void, and one that was accepted is done.
        delete _proposals[id];
        emit OperatorRotated(id, oldOperator, newOperator, operatorUntil);
    }

    function _requireFree(address operator) private view {
        if (operator == address(0)) revert Directory_InvalidOperator(operator);
        uint32 holder = _operators[operator].id();
        if (holder != 0) revert Directory_OperatorTaken(operator, holder);
    }

    function _requireTerm(uint48 operatorUntil) private view {
        uint48 time = uint48(block.timestamp);
        if (operatorUntil <= time) revert Directory_InvalidExpiry(operatorUntil, time);
        uint48 latest = time + MAX_OPERATOR_LIFE;
        if (operatorUntil > latest) revert Directory_ExpiryTooFar(operatorUntil, latest);
    }
}
