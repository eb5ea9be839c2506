// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "./interfaces/IAuthority.sol";
import {ICouncil} from "./interfaces/ICouncil.sol";
import {IDirectory} from "./interfaces/IDirectory.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";

/// @title Council
/// @notice See ICouncil.
contract Council is ICouncil {
    /// @inheritdoc ICouncil
    uint48 public constant override VOTING = 14 days;

    /// @inheritdoc ICouncil
    string public constant override version = "1.0.0";

    /// @inheritdoc ICouncil
    IAuthority public immutable override authority;
    /// @inheritdoc ICouncil
    IDirectory public immutable override directory;

    mapping(bytes32 id => Proposal) private _proposals;
    /// @dev One bit per organisation, 256 to a word.
    mapping(bytes32 id => mapping(uint24 word => uint256 bits)) private _votes;

    /// @param authority_ Through whom the council acts.
    /// @param directory_ Where organisations are looked up and counted.
    constructor(IAuthority authority_, IDirectory directory_) {
        authority = authority_;
        directory = directory_;
    }

    /// @inheritdoc ICouncil
    function propose(address target, bytes calldata data, bytes32 salt) external override returns (bytes32 id) {
        uint32 organization = _callerOrganization();
        id = idOf(target, data, salt);
        if (_proposals[id].expires != 0) revert Council_AlreadyProposed(id);
        (, uint32 epoch) = directory.membership();
        uint48 expires = uint48(block.timestamp) + VOTING;
        _proposals[id] = Proposal({epoch: epoch, yes: 0, expires: expires, queued: false, executed: false});
        emit Proposed(id, organization, target, data, salt, expires);
        _vote(id, organization, true);
    }

    /// @inheritdoc ICouncil
    function vote(bytes32 id, bool support) external override {
        uint32 organization = _callerOrganization();
        Stage stage = stageOf(id);
        bool live = stage == Stage.Open || stage == Stage.Passed || stage == Stage.Queued;
        if (!live || block.timestamp >= _proposals[id].expires) revert Council_WrongStage(id, stage);
        if (voted(id, organization) == support) revert Council_SameVote(id, organization, support);
        _vote(id, organization, support);
    }

    /// @inheritdoc ICouncil
    function queue(address target, bytes calldata data, bytes32 salt) external override {
        bytes32 id = _requireStage(idOf(target, data, salt), Stage.Passed, Stage.Passed);
        _proposals[id].queued = true;
        IAccessManager manager = _manager();
        // A void proposal of the same action may have left its schedule: this one has a delay of its own.
        bytes32 operation = manager.hashOperation(address(this), target, data);
        if (manager.getSchedule(operation) != 0) manager.cancel(address(this), target, data);
        manager.schedule(target, data, 0);
        emit Queued(id, manager.getSchedule(operation));
    }

    /// @inheritdoc ICouncil
    function execute(address target, bytes calldata data, bytes32 salt) external override {
        bytes32 id = _requireStage(idOf(target, data, salt), Stage.Passed, Stage.Queued);
        _proposals[id].executed = true;
        emit Executed(id);
        // Whether the delay has passed, or none is asked for, is the Authority's to say.
        _manager().execute(target, data);
    }

    /// @inheritdoc ICouncil
    function idOf(address target, bytes calldata data, bytes32 salt) public pure override returns (bytes32) {
        return keccak256(abi.encode(target, data, salt));
    }

    /// @inheritdoc ICouncil
    function proposal(bytes32 id) external view override returns (Proposal memory) {
        return _proposals[id];
    }

    /// @inheritdoc ICouncil
    function stageOf(bytes32 id) public view override returns (Stage) {
        Proposal memory found = _proposals[id];
        if (found.expires == 0) return Stage.None;
        if (found.executed) return Stage.Executed;
        (uint32 active, uint32 epoch) = directory.membership();
        if (found.epoch != epoch) return Stage.Void;
        bool enough = uint256(found.yes) * 2 > active;
        if (found.queued && enough) return Stage.Queued;
        if (block.timestamp >= found.expires) return Stage.Lapsed;
        return enough ? Stage.Passed : Stage.Open;
    }

    /// @inheritdoc ICouncil
    function voted(bytes32 id, uint32 organization) public view override returns (bool) {
        return (_votes[id][uint24(organization >> 8)] >> (organization & 0xff)) & 1 == 1;
    }

    function _callerOrganization() private view returns (uint32 organization) {
        organization = directory.organizationOf(msg.sender);
        if (organization == 0) revert Council_NotOperator(msg.sender);
    }

    function _requireStage(bytes32 id, Stage one, Stage other) private view returns (bytes32) {
        Stage stage = stageOf(id);
        if (stage != one && stage != other) revert Council_WrongStage(id, stage);
        return id;
    }

    function _vote(bytes32 id, uint32 organization, bool support) private {
        _votes[id][uint24(organization >> 8)] ^= 1 << (organization & 0xff);
        uint32 yes = support ? _proposals[id].yes + 1 : _proposals[id].yes - 1;
        _proposals[id].yes = yes;
        emit Voted(id, organization, support, yes);
    }

    function _manager() private view returns (IAccessManager) {
        return IAccessManager(address(authority));
    }
}
